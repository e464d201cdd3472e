// Owns: handshakes: their line, their script for JSONP, their headers, and session ids that nobody knows.
import assert from 'node:assert/strict'
import { overAll, type Case } from '../case.js'
import { notHandshaken, overHttp, transports, undressed, type Target, type Transport } from '../client.js'

const line = /^[\w-]+:\d+:\d+:[a-z-]+(?:,[a-z-]+)*$/
const origin = 'http://page.example'

export const handshakes: readonly Case[] = [
  ...['/', '', '/?t=1'].map((ending) => ({
    name: `a handshake on /socket.io/1${ending} is answered with its line`,
    async run(target: Target) {
      const { status, headers, body } = await target.request(`${target.mount}${ending}`)
      assert.equal(status, 200)
      assert.match(headers['content-type'] ?? '', /^text\/plain/)
      assert.match(body, line)
    },
  })),
  {
    name: 'a handshake offers every transport that it has, in whole seconds',
    async run(target) {
      const { heartbeatTimeout, closeTimeout, transports: offered } = await target.handshake()
      for (const transport of transports)
        assert.ok(offered.includes(transport), `expected ${transport} in ${offered.join()}`)
      for (const seconds of [heartbeatTimeout, closeTimeout])
        assert.ok(Number(seconds) >= 1 && Number(seconds) <= 2147483)
    },
  },
  {
    name: 'no two handshakes have the same session id',
    async run(target) {
      const sids = new Set<string>()
      for (let count = 0; count < 10; count++) sids.add((await target.handshake()).sid)
      assert.equal(sids.size, 10)
    },
  },
  {
    name: 'a handshake of JSONP is a script',
    async run(target) {
      const { status, headers, body } = await target.request(`${target.mount}/?jsonp=7`)
      assert.equal(status, 200)
      assert.match(headers['content-type'] ?? '', /javascript/)
      assert.match(undressed('jsonp-polling', body, 7), line)
    },
  },
  {
    name: 'another version of the protocol is refused',
    async run(target) {
      const { status, body } = await target.request(`${target.mount.replace(/1$/, '2')}/`)
      assert.deepEqual({ status, body }, { status: 500, body: 'Protocol version not supported.' })
    },
  },
  {
    name: 'an allowed origin is told that it is allowed',
    async run(target) {
      const { headers } = await target.request(`${target.mount}/`, { headers: { Origin: origin } })
      assert.equal(headers['access-control-allow-origin'], origin)
      assert.equal(headers['access-control-allow-credentials'], 'true')
    },
  },
  ...overAll(overHttp, 'a session id that nobody knows is answered in the terms of the transport', unknown),
  {
    name: 'websocket: a session id that nobody knows is answered by a frame, and the connection closed',
    async run(target) {
      const client = target.attach('websocket', 'nobody')
      assert.equal(await client.next(), notHandshaken)
      await client.ended()
    },
  },
  ...overAll(
    overHttp,
    'packets for a session id that nobody knows are taken and dropped',
    async (target, transport) => {
      const { status, body } = await target.post(transport, 'nobody', '3:::x')
      assert.deepEqual({ status, body }, { status: 200, body: '1' })
    },
  ),
  {
    name: 'a transport that nobody knows is refused',
    async run(target) {
      const { sid } = await target.handshake()
      const answer = await target.request(`${target.mount}/carrier-pigeon/${sid}`).catch(() => ({ status: 0 }))
      assert.notEqual(answer.status, 200)
    },
  },
  {
    name: 'a session may begin with a POST, whose packets are handled',
    async run(target) {
      const { sid } = await target.handshake()
      const { status, body } = await target.post('xhr-polling', sid, '3:::early')
      assert.deepEqual({ status, body }, { status: 200, body: '1' })
      const client = target.attach('xhr-polling', sid)
      assert.deepEqual(await client.take(2), ['1::', '3:::echo early'])
    },
  },
]

async function unknown(target: Target, transport: Transport): Promise<void> {
  if (transport === 'htmlfile') {
    assert.equal(await target.attach(transport, 'nobody').next(), notHandshaken)
    return
  }
  const { status, body } = await target.get(transport, 'nobody')
  assert.deepEqual({ status, payload: undressed(transport, body) }, { status: 200, payload: notHandshaken })
}
