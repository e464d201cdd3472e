// Owns: the in-memory adapter's rooms, which share sets: whatever is done, it is as with Socket.IO's own adapter.
// Elsewhere: what adapters are asked for through the product (../../conformance/adapter.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { Adapter } from 'socket.io-adapter'
import { LocalAdapter } from '../../../lib/rooms/local-adapter.js'

const nsp = { server: { encoder: { encode: () => [] } } } as never

interface Step {
  readonly run: (adapter: Adapter) => unknown
}

// Of so few that one's own room is joined by others, and left by its owner.
const id = fc.constantFrom('a', 'b', 'c')
const room = fc.constantFrom('a', 'b', 'c', 'x')
const join = (who: string, rooms: readonly string[]): Step => ({
  run: (adapter) => adapter.addAll(who, new Set(rooms)),
})
const step = fc.oneof(
  id.map((who) => join(who, [who])),
  fc.tuple(id, fc.array(room, { maxLength: 3 })).map(([who, rooms]) => join(who, rooms)),
  fc.tuple(id, room).map(([who, where]): Step => ({ run: (adapter) => adapter.del(who, where) })),
  id.map((who): Step => ({
    run: (adapter) => {
      adapter.delAll(who)
    },
  })),
)

/** What an adapter tells and holds after each step. */
function history(adapter: Adapter, steps: readonly Step[]): unknown[] {
  const seen: unknown[] = []
  for (const name of ['create-room', 'delete-room', 'join-room', 'leave-room']) {
    adapter.on(name, (...args: unknown[]) => seen.push([name, ...args]))
  }
  for (const { run } of steps) {
    run(adapter)
    seen.push(structuredClone({ rooms: adapter.rooms, sids: adapter.sids }))
  }
  return seen
}

test('joining and leaving, own rooms and those of others, is as with the adapter of Socket.IO', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const ours = history(new LocalAdapter(nsp), steps)
      const theirs = history(new Adapter(nsp), steps)
      assert.deepEqual(ours, theirs)
    }),
    { numRuns: 500 },
  )
})

test('one who is alone in a room of its own has one set, and not two', async () => {
  const adapter = new LocalAdapter(nsp)
  await adapter.addAll('a', new Set(['a']))
  assert.equal(adapter.rooms.get('a'), adapter.sids.get('a'))
})

test('a new socket comes into its own room as with the adapter of Socket.IO, whoever is there', () => {
  for (const before of [[], [join('b', ['a'])]]) {
    const enter: Step = {
      run: (adapter) => {
        ;(adapter as LocalAdapter).enter('a')
      },
    }
    const ours = history(new LocalAdapter(nsp), [...before, enter])
    const theirs = history(new Adapter(nsp), [...before, join('a', ['a'])])
    assert.deepEqual(ours, theirs)
  }
})
