// Owns: what is read of a client's private id, and that nothing of it is left in its auth.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readPid, takeResume, writePid } from '../../../lib/recovery/pid.js'
import { randomId } from '../../../lib/support/ids.js'
import type { ConnectPacket } from '../../../lib/wire/packet.js'

const tokenOf = (place: number): string => randomId() + place.toString(36)

const connect = (auth: unknown): ConnectPacket => ({ type: 'connect', endpoint: '/chat', qs: '', auth })

test('a private id is read back', () => {
  for (const life of [1, 9, 10, 35, 36, 1_000, 36 ** 6 - 1]) {
    const token = tokenOf(life)
    assert.deepEqual(readPid(writePid({ token, life })), { token, life })
  }
})

describe('a private id is unknown', () => {
  const good = writePid({ token: tokenOf(7), life: 1 })
  const cases: Readonly<Record<string, unknown>> = {
    'when there is none': undefined,
    null: null,
    'a number': 7,
    'a list of one': [good],
    'an object that becomes a text': { toString: () => good },
    empty: '',
    'too short': good.slice(0, 20),
    'without a place': `${good.slice(0, 20)}-1`,
    'with a place of leading zeros': `${good.slice(0, 20)}07-1`,
    'with a place in capitals': `${good.slice(0, 20)}A-1`,
    'with a place that is too long': `${good.slice(0, 20)}1234567-1`,
    'without a life': good.slice(0, 21),
    'too long': `${good}aaaaaa`,
    'very long': good.repeat(10_000),
    'of other characters': good.replace(/^./, '.'),
    'of characters that are no ASCII': good.replace(/^./, 'é'),
    'with a line break behind': `${good}\n`,
    'with a life 0': `${good.slice(0, 21)}-0`,
    'with a leading zero': `${good.slice(0, 21)}-01`,
    'with a life in capitals': `${good.slice(0, 21)}-A`,
  }
  for (const [name, pid] of Object.entries(cases)) {
    test(name, () => {
      assert.equal(readPid(pid), undefined)
    })
  }
})

test('a connect that names no earlier connection is left as it is', () => {
  for (const auth of [undefined, {}, { token: 't' }, { PID: 1 }]) {
    const packet = connect(auth)
    const [own, resume] = takeResume(packet)
    assert.equal(own, packet)
    assert.equal(resume, undefined)
  }
})

test('what a client says of an earlier connection is taken out of its auth', () => {
  const pid = { token: tokenOf(0), life: 2 }
  const auth = { pid: writePid(pid), offset: 'abcdefgh.1', token: 't' }
  const [own, resume] = takeResume(connect(auth))
  assert.deepEqual(own, connect({ token: 't' }))
  assert.deepEqual(resume, { pid, offset: 'abcdefgh.1' })
  assert.deepEqual(Object.keys(auth), ['pid', 'offset', 'token'], 'the packet itself is readonly')
})

test('what is no private id of ours is taken out as well', () => {
  for (const auth of [{ pid: 7 }, { pid: 'p' }, { offset: 'o' }, { pid: { a: 1 }, offset: [1] }, { pid: null }]) {
    const [own, resume] = takeResume(connect({ ...auth, token: 't' }))
    assert.deepEqual(own, connect({ token: 't' }))
    assert.equal(resume, undefined)
  }
})
