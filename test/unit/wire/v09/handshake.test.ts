// Owns: the line of a handshake, the seconds in it, and the script of a refusal.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { announcedSeconds, handshakeLine, jsonpRefusal, longestSeconds } from '../../../../lib/wire/v09/handshake.js'

test('the line names sid, heartbeat timeout, close timeout and transports', () => {
  assert.equal(
    handshakeLine('4d4f185e96a7b', 60_000, 30_000, ['websocket', 'htmlfile', 'xhr-polling', 'jsonp-polling']),
    '4d4f185e96a7b:60:30:websocket,htmlfile,xhr-polling,jsonp-polling',
  )
})

test('the line keeps the order of the transports', () => {
  assert.equal(handshakeLine('s', 15_000, 25_000, ['xhr-polling', 'websocket']), 's:15:25:xhr-polling,websocket')
})

const seconds: readonly [durationMs: number, announced: number, rule: string][] = [
  [60_000, 60, 'whole seconds'],
  [1_500, 2, 'a fraction is rounded up, as Java, Python and Android read integers only'],
  [1, 1, 'a millisecond is a second, as 0 arms a timer of 0 ms in the client'],
  [0, 1, 'no duration is a second, too'],
  [2_147_483_000, 2_147_483, 'the longest that a client can arm'],
  [Infinity, 2_147_483, 'for ever is the longest that a client can arm'],
]

for (const [durationMs, announced, rule] of seconds) {
  test(`${durationMs} ms are announced as ${announced} s: ${rule}`, () => {
    assert.equal(announcedSeconds(durationMs), announced)
  })
}

test('the longest announced time fits into 31 bits of milliseconds', () => {
  assert.ok(longestSeconds * 1000 < 2 ** 31)
})

test('a refusal of JSONP is a script that makes an error', () => {
  assert.equal(jsonpRefusal('3', 'handshake unauthorized'), 'io.j[3](new Error("handshake unauthorized"));')
})

test('a refusal of JSONP escapes what could end a script', () => {
  assert.equal(jsonpRefusal('0', '</script>\u2028"'), 'io.j[0](new Error("\\u003c/script>\\u2028\\""));')
})
