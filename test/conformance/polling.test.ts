// Owns: polls: when each is answered, with how much, in which bytes; and what becomes of those that are given up.
// Elsewhere: POSTs (posts.test.ts), time (liveness.test.ts), other transports on the same sid (switching.test.ts).
import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import { test } from 'node:test'
import { overAll, type Scene } from '../support/v09-cast.js'
import { arrival, mount } from '../support/v09-peer.js'
import { dressed, framed, polls, undressed, type Transport } from '../support/v09-peers.js'

const friend = 'http://friend.example'
const number = (value: number): string => `5:::{"name":"n","args":[${value}]}`
const burst = (count: number): string => `5:::{"name":"burst","args":[${count}]}`

/** A sid whose first poll has been answered. */
async function open({ raw }: Scene, transport: Transport): Promise<string> {
  const sid = await raw.handshake()
  assert.equal((await raw.get(transport, sid)).body, dressed(transport, '1::'))
  return sid
}

/**
 * Leaves a sid with an answer that does not get through: its client has read the head and reads no more, and what is
 * left is more than connections hold.
 */
async function stall({ raw, server }: Scene, transport: Transport, sid: string) {
  const size = 12_000_000
  const path = `${mount}/${transport}/${sid}`
  const arrived = arrival(server.server, path)
  const poll = http.get({ host: '127.0.0.1', port: server.port, path, headers: { Referer: `${raw.ownOrigin}/` } })
  poll.on('error', () => {})
  const response = await arrived
  const answered = once(poll, 'response')
  await raw.post(transport, sid, `5:::{"name":"big","args":[${size}]}`)
  const [head] = (await answered) as [http.IncomingMessage]
  head.on('error', () => {})
  const abort = async (): Promise<void> => {
    const gone = once(response, 'close')
    poll.destroy()
    await gone
  }
  return { packet: `3:::${'x'.repeat(size)}`, abort }
}

// A difference between large texts would be printed whole.
function assertSame(got: string, expected: string): void {
  assert.ok(got === expected, `expected ${expected.length} units, got ${got.length}: ${got.slice(0, 40)}`)
}

overAll(polls, ({ transport, open: openScene }) => {
  test('the first poll is answered at once, with the connect alone', async (t) => {
    const { raw } = await openScene(t)
    const { status, headers, body } = await raw.get(transport, await raw.handshake())
    assert.deepEqual({ status, body }, { status: 200, body: dressed(transport, '1::') })
    assert.equal(headers['content-length'], String(body.length))
    assert.equal(headers.connection, 'keep-alive')
    assert.equal(headers['access-control-allow-origin'], undefined)
    assert.equal(headers['access-control-allow-credentials'], undefined)
  })

  test('a poll is held until there is something to send', async (t) => {
    const scene = await openScene(t)
    const sid = await open(scene, transport)
    const poll = await scene.raw.hold(transport, sid)
    await scene.raw.post(transport, sid, '3:::x')
    assert.equal((await poll.answer()).body, dressed(transport, '3:::echo x'))
  })

  test('a held poll is answered with the first packet alone, and the rest leaves framed on the next', async (t) => {
    const scene = await openScene(t)
    const sid = await open(scene, transport)
    const poll = await scene.raw.hold(transport, sid)
    await scene.raw.post(transport, sid, burst(3))
    assert.equal((await poll.answer()).body, dressed(transport, number(0)))
    assert.equal((await scene.raw.get(transport, sid)).body, dressed(transport, framed(number(1), number(2))))
  })

  test('a packet sent between polls leaves bare on the next', async (t) => {
    const scene = await openScene(t)
    const sid = await open(scene, transport)
    await scene.raw.post(transport, sid, burst(1))
    assert.equal((await scene.raw.get(transport, sid)).body, dressed(transport, number(0)))
  })

  test('packets sent between polls leave together on the next', async (t) => {
    const scene = await openScene(t)
    const sid = await open(scene, transport)
    await scene.raw.post(transport, sid, burst(3))
    const expected = dressed(transport, framed(number(0), number(1), number(2)))
    assert.equal((await scene.raw.get(transport, sid)).body, expected)
  })

  test('the length of a framed packet counts UTF-16 units, and Content-Length bytes', async (t) => {
    const scene = await openScene(t)
    const sid = await open(scene, transport)
    await scene.raw.post(transport, sid, framed('4:::"é😀"', '4:::"\ufffd"'))
    const { headers, body } = await scene.raw.get(transport, sid)
    const payload = '\ufffd9\ufffd4:::"é😀"\ufffd7\ufffd4:::"\ufffd"'
    assert.equal(undressed(transport, body), payload)
    assert.equal(headers['content-length'], String(Buffer.byteLength(body)))
  })

  test('a poll that ran out of time is answered with a noop', async (t) => {
    const scene = await openScene(t)
    const sid = await open(scene, transport)
    const poll = await scene.raw.hold(transport, sid)
    scene.clock.advance(20_000)
    const { status, body } = await poll.answer()
    assert.deepEqual({ status, body }, { status: 200, body: dressed(transport, '8::') })
  })

  test('a poll is held for the polling duration', async (t) => {
    const scene = await openScene(t, { pollingDuration: 3_000 })
    const sid = await open(scene, transport)
    const poll = await scene.raw.hold(transport, sid)
    scene.clock.advance(2_999)
    await scene.raw.post(transport, sid, '3:::in time')
    assert.equal((await poll.answer()).body, dressed(transport, '3:::echo in time'))
  })

  test('the newest poll wins, and the older one ends with a noop', async (t) => {
    const scene = await openScene(t)
    const sid = await open(scene, transport)
    const older = await scene.raw.hold(transport, sid)
    const newer = await scene.raw.hold(transport, sid)
    assert.equal((await older.answer()).body, dressed(transport, '8::'))
    await scene.raw.post(transport, sid, '3:::x')
    assert.equal((await newer.answer()).body, dressed(transport, '3:::echo x'))
  })

  test('packets after an aborted poll leave on the next', async (t) => {
    const scene = await openScene(t)
    const sid = await open(scene, transport)
    const poll = await scene.raw.hold(transport, sid)
    await poll.abort()
    await scene.raw.post(transport, sid, burst(2))
    assert.equal((await scene.raw.get(transport, sid)).body, dressed(transport, framed(number(0), number(1))))
  })

  test('a poll that is aborted while its answer is under way loses nothing', async (t) => {
    const scene = await openScene(t)
    const sid = await open(scene, transport)
    const stalled = await stall(scene, transport, sid)
    await scene.raw.post(transport, sid, burst(1))
    await stalled.abort()
    const { body } = await scene.raw.get(transport, sid)
    assertSame(undressed(transport, body), framed(stalled.packet, number(0)))
  })

  test('what is sent while an answer is under way does not overtake it', async (t) => {
    const scene = await openScene(t)
    const sid = await open(scene, transport)
    const stalled = await stall(scene, transport, sid)
    const poll = await scene.raw.hold(transport, sid)
    await scene.raw.post(transport, sid, burst(1))
    await stalled.abort()
    assertSame(undressed(transport, (await poll.answer()).body), framed(stalled.packet, number(0)))
  })

  test('an answer that nobody reads is given up soon after a newer poll has come, and sent again', async (t) => {
    const scene = await openScene(t)
    const sid = await open(scene, transport)
    const stalled = await stall(scene, transport, sid)
    const poll = await scene.raw.hold(transport, sid)
    scene.clock.advance(1_000)
    assertSame(undressed(transport, (await poll.answer()).body), stalled.packet)
  })
})

overAll(['xhr-polling'], ({ transport, open: openScene }) => {
  test('the answer is plain text', async (t) => {
    const { raw } = await openScene(t)
    const { headers } = await raw.get(transport, await raw.handshake())
    assert.equal(headers['content-type'], 'text/plain; charset=UTF-8')
    assert.equal(headers['x-xss-protection'], undefined)
  })

  test('the answer to a page of an allowed origin has CORS headers', async (t) => {
    const { raw } = await openScene(t, { origins: friend })
    const { headers } = await raw.get(transport, await raw.handshake(), { Origin: friend })
    assert.equal(headers['access-control-allow-origin'], friend)
    assert.equal(headers['access-control-allow-credentials'], 'true')
    assert.equal(headers.vary, 'Origin')
  })
})

overAll(['jsonp-polling'], ({ transport, open: openScene }) => {
  test('the answer is a script that old filters leave alone', async (t) => {
    const { raw } = await openScene(t)
    const { headers } = await raw.get(transport, await raw.handshake())
    assert.equal(headers['content-type'], 'text/javascript; charset=UTF-8')
    assert.equal(headers['x-xss-protection'], '0')
    assert.equal(headers['x-content-type-options'], 'nosniff')
  })

  for (const [index, callback] of [
    ['0', 0],
    ['17', 17],
    ['x', 0],
    ['1];alert(1)//', 0],
    ['', 0],
  ] as const) {
    test(`a poll with i=${index} calls back number ${callback}`, async (t) => {
      const { raw } = await openScene(t)
      const path = `${mount}/jsonp-polling/${await raw.handshake()}?t=1&i=${encodeURIComponent(index)}`
      const { body } = await raw.request(path, { headers: { Referer: `${raw.ownOrigin}/` } })
      assert.equal(body, `io.j[${callback}]("1::");`)
    })
  }

  test('what would end a line or an element is escaped in the script', async (t) => {
    const { raw } = await openScene(t)
    const sid = await raw.handshake()
    await raw.get(transport, sid)
    await raw.post(transport, sid, '4:::"\u2028</script>"')
    assert.equal((await raw.get(transport, sid)).body, 'io.j[0]("4:::\\"\\u2028\\u003c/script>\\"");')
  })

  test('a poll or POST that does not show its page is refused', async (t) => {
    const { raw } = await openScene(t)
    const path = `${mount}/jsonp-polling/${await raw.handshake()}`
    assert.equal((await raw.request(`${path}?i=0`)).status, 403)
    assert.equal((await raw.request(path, { method: 'POST', body: 'd=%222%3A%3A%22' })).status, 403)
  })
})
