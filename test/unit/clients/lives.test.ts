// Owns: which life of a namespace is the last one, and how many are kept.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { beginLife, lifeOf, type Lives } from '../../../lib/clients/lives.js'

function livesOf(most: number, isOpen: (endpoint: string) => boolean = () => false) {
  let lives: Lives
  return {
    begin: (endpoint: string) => {
      lives = beginLife(lives, endpoint, most, isOpen)
      return lifeOf(lives, endpoint)
    },
    of: (endpoint: string) => lifeOf(lives, endpoint),
  }
}

test('every life of any namespace of a client has a number of its own', () => {
  const lives = livesOf(10)
  assert.equal(lives.of('/a'), undefined)
  assert.deepEqual(
    ['/a', '/b', '/a', '/a', '/c'].map((endpoint) => lives.begin(endpoint)),
    [1, 2, 3, 4, 5],
  )
  assert.deepEqual([lives.of('/a'), lives.of('/b'), lives.of('/c'), lives.of('/d')], [4, 2, 5, undefined])
})

test('a second life of the only namespace is another one', () => {
  const lives = livesOf(10)
  assert.deepEqual([lives.begin(''), lives.of('/a'), lives.begin(''), lives.of('')], [1, undefined, 2, 2])
})

test('only the last of so many namespaces are kept', () => {
  const lives = livesOf(3)
  for (const endpoint of ['/a', '/b', '/c', '/a', '/d']) lives.begin(endpoint)
  assert.deepEqual(
    ['/a', '/b', '/c', '/d'].map((endpoint) => lives.of(endpoint)),
    [4, undefined, 3, 5],
  )
})

test('one that is open is kept, however many have come since', () => {
  const lives = livesOf(2, (endpoint) => endpoint === '/a')
  for (const endpoint of ['/a', '/b', '/c', '/d']) lives.begin(endpoint)
  assert.deepEqual(
    ['/a', '/b', '/c', '/d'].map((endpoint) => lives.of(endpoint)),
    [1, undefined, undefined, 4],
  )
})

test('of a client that enters and leaves for ever, no more is kept than there may be', () => {
  const lives = livesOf(5)
  for (let count = 0; count < 100_000; count++) lives.begin(`/room${count}`)
  assert.equal(lives.of('/room99999'), 100_000)
  assert.equal(lives.of('/room99994'), undefined)
})
