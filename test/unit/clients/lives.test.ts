// Owns: which life of a namespace is the last one, and how many are kept.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Lives } from '../../../lib/clients/lives.js'

test('every life of any namespace of a client has a number of its own', () => {
  const lives = new Lives()
  assert.deepEqual(
    ['/a', '/b', '/a', '/a', '/c'].map((endpoint) => lives.begin(endpoint, 10)),
    [1, 2, 3, 4, 5],
  )
  assert.deepEqual([lives.of('/a'), lives.of('/b'), lives.of('/c'), lives.of('/d')], [4, 2, 5, undefined])
})

test('only the last of so many namespaces are kept', () => {
  const lives = new Lives()
  for (const endpoint of ['/a', '/b', '/c', '/a', '/d']) lives.begin(endpoint, 3)
  assert.deepEqual(
    ['/a', '/b', '/c', '/d'].map((endpoint) => lives.of(endpoint)),
    [4, undefined, 3, 5],
  )
})

test('of a client that enters and leaves for ever, no more is kept than there may be', () => {
  const lives = new Lives()
  for (let count = 0; count < 100_000; count++) lives.begin(`/room${count}`, 5)
  assert.equal(lives.of('/room99999'), 100_000)
  assert.equal(lives.of('/room99994'), undefined)
})
