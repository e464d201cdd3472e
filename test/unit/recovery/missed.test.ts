// Owns: what is sent again to a client of Socket.IO 4, of what is kept and by what it says.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { KeptFrame } from '../../../lib/recovery/kept-frame.js'
import { missedBy } from '../../../lib/recovery/missed.js'
import type { RingEntry } from '../../../lib/recovery/kept-frame.js'

/** One whose frame is its name. */
function entry(frame: string, kept: Partial<KeptFrame>, wasWritten = true): RingEntry {
  const plain = { kind: 'counted', endpoint: '/chat', size: 1, n: undefined, asks: false, isVolatile: false } as const
  return { kept: { frame, ...plain, ...kept }, wasWritten }
}

const event = (n: number): RingEntry => entry(`event ${n}`, { n })

// Event 4 was sent from a hook while 3 was on its way to many.
const entries = [
  event(1),
  entry('volatile 2', { n: 2, isVolatile: true }),
  entry('written question', { asks: true }),
  event(4),
  event(3),
  entry('ack', {}),
  entry('question', { asks: true }, false),
  entry('confirmation', { kind: 'passing' }),
  entry('heartbeat', { kind: 'heartbeat' }),
  entry('event 5, not written', { n: 5 }, false),
  entry('end', { kind: 'control' }),
]
const tail = ['question', 'event 5, not written', 'end']

describe('a client is sent again', () => {
  const rows: readonly (readonly [said: string, number: number | undefined, missed: readonly string[]])[] = [
    ['all that may be, when it says nothing', undefined, ['event 1', 'event 4', 'event 3', ...tail]],
    ['what comes after its event', 1, ['event 4', 'event 3', ...tail]],
    ['what comes after a volatile event', 2, ['event 4', 'event 3', ...tail]],
    ['an event of a smaller number that was sent later', 4, ['event 3', ...tail]],
    ['no event of a greater number that was sent earlier', 3, tail],
    ['what was never written', 5, ['end']],
    ['all that is left, when its event is kept no more', 9, ['event 1', 'event 4', 'event 3', ...tail]],
  ]
  for (const [said, number, missed] of rows) {
    test(said, () => {
      assert.deepEqual(
        missedBy(entries, number).map(({ frame }) => frame),
        missed,
      )
    })
  }
})

test('of nothing, nothing is sent again', () => {
  assert.deepEqual(missedBy([], undefined), [])
  assert.deepEqual(missedBy([], 3), [])
})
