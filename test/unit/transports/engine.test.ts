// Owns: what an engine.io socket is given to write.
// Elsewhere: what arrives (test/conformance/modern, test/interop).
import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { test } from 'node:test'
import { EngineTransport } from '../../../lib/transports/engine.js'
import type { TransportOwner } from '../../../lib/transports/transport.js'
import { Deadlines } from '../../../lib/support/timers.js'
import { encodePacket } from '../../../lib/wire/v5/packet.js'
import { FakeClock } from '../../support/clock.js'

const bounds = { maxJsonDepth: 1_000, maxAttachments: 10, maxPacketsPerPayload: 10_000 }
const nobody: TransportOwner = { receive() {}, reject() {}, released() {}, settled() {} }

/** An engine.io socket that keeps what it is to write. */
class WritesKept extends EventEmitter {
  readonly transport = { name: 'websocket', writable: true }
  readonly written: { data: unknown; options: { wsPreEncodedFrame?: unknown } | undefined }[] = []

  write(data: unknown, options?: { wsPreEncodedFrame?: unknown }): void {
    this.written.push({ data, options })
  }
}

function carry(count: number, frame: ReturnType<typeof encodePacket>): WritesKept['written'] {
  return Array.from({ length: count }, () => {
    const engineSocket = new WritesKept()
    new EngineTransport(engineSocket as never, nobody, new Deadlines(new FakeClock()), 1000, bounds).send([frame])
    return engineSocket.written[0] as WritesKept['written'][number]
  })
}

test("a broadcast's websocket frame is made once, and shared by all but the first", () => {
  const frame = encodePacket({ type: 'event', endpoint: '/chat', name: 'said', args: ['é'] }, 5)
  const [first, ...others] = carry(4, frame)
  assert.equal(first?.options?.wsPreEncodedFrame, undefined)
  const shared = others[0]?.options?.wsPreEncodedFrame as Buffer[]
  for (const { data, options } of others) {
    assert.equal(data, '2/chat,["said","é"]')
    assert.equal(options?.wsPreEncodedFrame, shared)
  }
  // A final text frame, unmasked, whose payload begins with engine.io's "4" for a message.
  const payload = Buffer.from('42/chat,["said","é"]')
  assert.deepEqual(Buffer.concat(shared), Buffer.concat([Buffer.from([0x81, payload.length]), payload]))
})

test('a packet with attachments is written part by part', () => {
  const frame = encodePacket({ type: 'event', endpoint: '', name: 'file', args: [Buffer.from([1, 2])] }, 5)
  const engineSocket = new WritesKept()
  new EngineTransport(engineSocket as never, nobody, new Deadlines(new FakeClock()), 1000, bounds).send([frame, frame])
  const parts = ['51-["file",{"_placeholder":true,"num":0}]', Buffer.from([1, 2])]
  assert.deepEqual(
    engineSocket.written.map(({ data }) => data),
    [...parts, ...parts],
  )
})
