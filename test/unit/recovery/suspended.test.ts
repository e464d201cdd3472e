// Owns: which of the clients that are away has to go when there are too many.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Suspended } from '../../../lib/recovery/suspended.js'

interface Away {
  readonly address: string
  readonly name: string
}

const away = (address: string, name: string): Away => ({ address, name })

test('past the bound the oldest of the address that has most of them goes', () => {
  const suspended = new Suspended<Away>(4)
  const quiet = away('10.0.0.1', 'quiet')
  assert.equal(suspended.add(quiet), undefined)
  const loud = ['first', 'second', 'third', 'fourth'].map((name) => away('10.0.0.2', name))
  const evicted = loud.map((client) => suspended.add(client))
  assert.deepEqual(evicted, [undefined, undefined, undefined, loud[0]])
  assert.equal(suspended.remove(loud[0] as Away), true)
  // One address cannot push out all others.
  for (let n = 0; n < 1_000; n++) {
    const gone = suspended.add(away('10.0.0.2', String(n)))
    assert.equal(gone?.address, '10.0.0.2')
    suspended.remove(gone)
  }
  assert.equal(suspended.size, 4)
  assert.ok(suspended.all().includes(quiet))
})

test('one that is added twice counts once, and one that is not there cannot be removed', () => {
  const suspended = new Suspended<Away>(1)
  const client = away('10.0.0.1', 'one')
  suspended.add(client)
  assert.equal(suspended.add(client), undefined)
  assert.equal(suspended.size, 1)
  assert.equal(suspended.remove(client), true)
  assert.equal(suspended.remove(client), false)
  assert.deepEqual([suspended.size, suspended.all().length], [0, 0])
})
