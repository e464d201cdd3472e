// Owns: websockets below their packets: the upgrade, frames of every size and in pieces, pings, closing (RFC 6455).
import assert from 'node:assert/strict'
import type { Case } from '../case.js'
import type { Target } from '../client.js'
import { acceptanceOf, clientFrame, type RawWebsocket } from '../websocket.js'

async function open(target: Target, early?: Buffer): Promise<RawWebsocket> {
  const { sid } = await target.handshake()
  const websocket = target.websocket(sid, {}, early)
  await websocket.head
  assert.equal((await websocket.next()).payload.toString(), '1::')
  return websocket
}

async function nextText(websocket: RawWebsocket): Promise<string> {
  const { opcode, isFinal, isMasked, payload } = await websocket.next()
  assert.deepEqual({ opcode, isFinal, isMasked }, { opcode: 1, isFinal: true, isMasked: false })
  return payload.toString()
}

export const websockets: readonly Case[] = [
  {
    name: 'an upgrade is accepted with the answer to its key, and without an extension',
    async run(target) {
      const { sid } = await target.handshake()
      const websocket = target.websocket(sid)
      const lines = (await websocket.head).split('\r\n')
      assert.match(lines[0] ?? '', /^HTTP\/1\.1 101 /)
      for (const line of [
        'Upgrade: websocket',
        'Connection: Upgrade',
        `Sec-WebSocket-Accept: ${acceptanceOf(websocket.key)}`,
      ])
        assert.ok(
          lines.some((found) => found.toLowerCase() === line.toLowerCase()),
          `expected ${line} in ${lines.join()}`,
        )
      assert.ok(!lines.some((line) => /^Sec-WebSocket-Extensions:/i.test(line)))
    },
  },
  {
    name: 'a packet is one frame of text, not masked',
    async run(target) {
      const websocket = await open(target)
      websocket.write(clientFrame('3:::a'))
      assert.equal(await nextText(websocket), '3:::echo a')
    },
  },
  // At which the length takes two bytes more, or eight.
  ...[125, 126, 127, 65_535, 65_536, 65_537, 200_000].map((length) => ({
    name: `a packet of ${length} bytes is sent as such`,
    async run(target: Target) {
      const websocket = await open(target)
      const big = '3:::'
      websocket.write(clientFrame(`5:::{"name":"big","args":[${length - big.length}]}`))
      assert.equal((await nextText(websocket)).length, length)
    },
  })),
  {
    name: 'a message in fragments is one packet',
    async run(target) {
      const websocket = await open(target)
      for (const [index, part] of ['3::', ':a', '', 'b'].entries()) {
        websocket.write(clientFrame(part, index === 0 ? 1 : 0, index === 3))
      }
      assert.equal(await nextText(websocket), '3:::echo ab')
    },
  },
  {
    name: 'a character that is cut between two fragments stays whole',
    async run(target) {
      const websocket = await open(target)
      const bytes = Buffer.from('3:::😀')
      websocket.write(clientFrame(bytes.subarray(0, 6), 1, false))
      websocket.write(clientFrame(bytes.subarray(6), 0, true))
      assert.equal(await nextText(websocket), '3:::echo 😀')
    },
  },
  {
    name: 'frames that come with the request of the upgrade are read',
    async run(target) {
      const websocket = await open(target, Buffer.concat([clientFrame('3:::a'), clientFrame('3:::b')]))
      assert.deepEqual([await nextText(websocket), await nextText(websocket)], ['3:::echo a', '3:::echo b'])
    },
  },
  {
    name: 'a ping is answered with a pong of the same payload',
    async run(target) {
      const websocket = await open(target)
      websocket.write(clientFrame('here', 9))
      const { opcode, payload } = await websocket.frames.next()
      assert.deepEqual({ opcode, payload: payload.toString() }, { opcode: 10, payload: 'here' })
    },
  },
  {
    name: 'a pong that nobody asked for does no harm',
    async run(target) {
      const websocket = await open(target)
      websocket.write(clientFrame('', 10))
      websocket.write(clientFrame('3:::alive'))
      assert.equal(await nextText(websocket), '3:::echo alive')
    },
  },
  {
    name: 'a frame that closes is answered with one',
    async run(target) {
      const websocket = await open(target)
      websocket.write(clientFrame(Buffer.of(0x03, 0xe8), 8))
      const { opcode, payload } = await websocket.frames.next()
      assert.deepEqual({ opcode, code: payload.toString('hex') }, { opcode: 8, code: '03e8' })
      await websocket.frames.ended()
    },
  },
  {
    name: 'a request without a key is no upgrade',
    async run(target) {
      const { sid } = await target.handshake()
      const websocket = target.websocket(sid, { 'Sec-WebSocket-Key': '' })
      const head = await websocket.head.catch(() => '')
      assert.doesNotMatch(head, /^HTTP\/1\.1 101 /)
    },
  },
]
