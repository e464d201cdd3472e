// Owns: how offsets of events are counted, written, and read back.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Offsets } from '../../../../lib/wire/v5/offsets.js'

function counted(events: number): Offsets {
  const offsets = new Offsets()
  for (let count = 0; count < events; count++) offsets.next()
  return offsets
}

test('offsets are an epoch and a number, both in base 36', () => {
  const offsets = new Offsets()
  const written = Array.from({ length: 37 }, () => offsets.write(offsets.next()))
  const [epoch = ''] = (written[0] as string).split('.')
  assert.match(epoch, /^[0-9a-z]{8}$/)
  assert.deepEqual(
    [written[0], written[9], written[34], written[35], written[36]],
    [`${epoch}.1`, `${epoch}.a`, `${epoch}.z`, `${epoch}.10`, `${epoch}.11`],
  )
})

test('every offset that was written is read back', () => {
  const offsets = counted(1_300)
  for (let number = 1; number <= 1_300; number++) assert.equal(offsets.read(offsets.write(number)), number)
})

test('two endpoints have epochs of their own', () => {
  const [one, other] = [counted(5), counted(5)]
  assert.equal(other.read(one.write(3)), undefined)
})

describe('an offset is as none', () => {
  const offsets = counted(100)
  const epoch = offsets.write(1).slice(0, 8)
  const cases: Readonly<Record<string, unknown>> = {
    'when there is none': undefined,
    null: null,
    'a number': 5,
    'a boolean': true,
    'a list of one': [offsets.write(5)],
    'an object that becomes a text': { toString: () => offsets.write(5) },
    empty: '',
    'without a number': `${epoch}.`,
    'without an epoch': '.5',
    'an epoch alone': epoch,
    'of another epoch': `${epoch.startsWith('a') ? 'b' : 'a'}${epoch.slice(1)}.5`,
    'of a longer epoch': `0${offsets.write(5)}`,
    'in capitals': offsets.write(10).toUpperCase(),
    'number 0': `${epoch}.0`,
    'a leading zero': `${epoch}.05`,
    negative: `${epoch}.-5`,
    signed: `${epoch}.+5`,
    'with a fraction': `${epoch}.5.5`,
    'with an exponent': `${epoch}.1e+1`,
    'a space in front': ` ${offsets.write(5)}`,
    'a line break behind': `${offsets.write(5)}\n`,
    'one past the last': offsets.write(101),
    'in the future': `${epoch}.zzzzzzzzzz`,
    'past all integers': `${epoch}.zzzzzzzzzzz`,
    'too long': `${epoch}.${'1'.repeat(100_000)}`,
    "an id of Socket.IO's own": 'Ozm0dlD.0',
  }
  for (const [name, offset] of Object.entries(cases)) {
    test(name, () => {
      assert.equal(offsets.read(offset), undefined)
    })
  }
})
