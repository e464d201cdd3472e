// Owns: what an engine.io socket is given to write, what goes to its websocket at once, and what comes from there at once.
// Elsewhere: what arrives otherwise (test/conformance/modern, test/interop).
import '../../support/with-shortcuts.js'
import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { Writable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { test } from 'node:test'
import { EngineTransport } from '../../../lib/transports/engine.js'
import type { TransportOwner } from '../../../lib/transports/transport.js'
import { Deadlines } from '../../../lib/support/timers.js'
import { encodePacket } from '../../../lib/wire/v5/packet.js'
import { FakeClock } from '../../support/clock.js'

const bounds = { maxJsonDepth: 1_000, maxAttachments: 10, maxPacketsPerPayload: 10_000 }
const pings = { pingInterval: 25_000, pingTimeout: 20_000 }
const nobody: TransportOwner = { receive() {}, reject() {}, released() {}, renamed() {}, settled() {} }

/** An engine.io socket on a websocket, or polling: it notes what is written, and to what, in order. */
class WritesKept extends EventEmitter {
  readonly writes: string[] = []
  readonly connection: Writable
  isFlushing = true
  readonly transport: { readonly name: string; readonly writable: boolean; readonly socket: object }
  readyState = 'open'
  protocol = 4
  pingTimeoutTimer: object | null = null
  hasRefreshedPingTimeout = false
  readonly packets: unknown[] = []
  isDiscarded: boolean | undefined

  constructor(name: string, extensions = '') {
    super()
    this.connection = new Writable({
      decodeStrings: false,
      write: (chunk: string, _encoding, done) => {
        this.writes.push(`connection: ${Buffer.from(chunk, 'latin1').toString('hex')}`)
        done()
      },
    })
    const socket = Object.assign(new EventEmitter(), {
      _socket: this.connection,
      extensions,
      bufferedAmount: 0,
      pause() {},
      terminate: () => this.writes.push('terminate'),
      resume: () => this.writes.push('resume'),
    })
    this.transport = Object.assign(new EventEmitter(), { name, writable: true, socket, onData() {} })
  }

  write(data: unknown): void {
    this.emit('packetCreate')
    if (this.isFlushing) this.emit('flush')
    this.writes.push(`engine.io: ${Buffer.isBuffer(data) ? data.toString('hex') : String(data)}`)
  }

  onPacket(packet: unknown): void {
    this.packets.push(packet)
  }

  close(isDiscarded?: boolean): void {
    this.writes.push(isDiscarded === true ? 'discard' : 'close')
  }
}

function transportOn(engineSocket: WritesKept, tighter = {}, owner = nobody): EngineTransport {
  const settings = {
    ...bounds,
    maxBufferedPackets: 2,
    maxBufferedBytes: 100,
    pausePatience: 1000,
    ...pings,
    ...tighter,
  }
  return new EngineTransport(engineSocket as never, owner, new Deadlines(new FakeClock()), settings)
}

const said = encodePacket({ type: 'event', endpoint: '', name: 'a', args: ['é'] }, 5)
const file = encodePacket({ type: 'event', endpoint: '', name: 'f', args: [Buffer.from([1, 2])] }, 5)

// A final text frame, unmasked, whose payload begins with engine.io's "4" for a message.
const payload = Buffer.from('42["a","é"]')
const bytes = Buffer.concat([Buffer.from([0x81, payload.length]), payload]).toString('hex')

test('the frames of one turn leave together, in one write to the connection', async () => {
  const engineSocket = new WritesKept('websocket')
  const transport = transportOn(engineSocket)
  transport.send([said])
  transport.send([said])
  assert.deepEqual(engineSocket.writes, [])
  await setImmediate()
  assert.deepEqual(engineSocket.writes, [`connection: ${bytes}${bytes}`])
})

test("a broadcast's websocket frame is made once, and shared", () => {
  const frame = encodePacket({ type: 'event', endpoint: '/chat', name: 'said', args: ['x'] }, 5)
  transportOn(new WritesKept('websocket')).send([frame])
  const made = frame.websocket
  assert.equal(typeof made, 'string')
  frame.websocket = 'as it was'
  transportOn(new WritesKept('websocket')).send([frame])
  assert.equal(frame.websocket, 'as it was')
})

test('attachments go by engine.io, after what was there before them', async () => {
  const engineSocket = new WritesKept('websocket')
  const transport = transportOn(engineSocket)
  transport.send([said])
  transport.send([file])
  transport.send([said])
  await setImmediate()
  assert.deepEqual(engineSocket.writes, [
    `connection: ${bytes}`,
    'engine.io: 51-["f",{"_placeholder":true,"num":0}]',
    'engine.io: 0102',
    `connection: ${bytes}`,
  ])
})

test('while engine.io keeps something, all goes by it', async () => {
  const engineSocket = new WritesKept('websocket')
  const transport = transportOn(engineSocket, { maxBufferedPackets: 10 })
  engineSocket.isFlushing = false
  transport.send([file])
  transport.send([said])
  assert.deepEqual(engineSocket.writes.slice(2), ['engine.io: 2["a","é"]'])
  engineSocket.emit('flush')
  transport.send([said])
  await setImmediate()
  assert.deepEqual(engineSocket.writes.slice(3), [`connection: ${bytes}`])
})

for (const [what, name, extensions] of [
  ['polling', 'polling', ''],
  ['a websocket that compresses', 'websocket', 'permessage-deflate'],
] as const) {
  test(`over ${what} all goes by engine.io`, () => {
    const engineSocket = new WritesKept(name, extensions)
    transportOn(engineSocket).send([said])
    assert.deepEqual(engineSocket.writes, ['engine.io: 2["a","é"]'])
  })
}

test('what was sent goes out before a close, whose answer is read', () => {
  const engineSocket = new WritesKept('websocket')
  const transport = transportOn(engineSocket)
  transport.send([said])
  transport.close()
  assert.deepEqual(engineSocket.writes, [`connection: ${bytes}`, 'close', 'resume'])
})

test('a client that reads too slowly is refused more, and cut', () => {
  const engineSocket = new WritesKept('websocket')
  const transport = transportOn(engineSocket, { maxBufferedBytes: 2 * payload.length })
  assert.deepEqual([transport.send([said]), transport.send([said]), transport.send([said])], [true, true, false])
  transport.close()
  assert.deepEqual(engineSocket.writes, ['terminate', 'discard'])
})

for (const [what, tighter] of [
  ['packets', { maxBufferedPackets: 2 }],
  ['bytes', { maxBufferedPackets: 100, maxBufferedBytes: 2 * said.size - 1 }],
] as const) {
  test(`between two polls no more ${what} are kept than the bound`, () => {
    const engineSocket = new WritesKept('polling')
    const transport = transportOn(engineSocket, tighter)
    engineSocket.isFlushing = false
    const keep = () => transport.send([said])
    assert.deepEqual([keep(), keep(), keep()], [true, true, false])
    // A poll has taken it all.
    engineSocket.emit('flush')
    assert.equal(keep(), true)
    assert.equal(engineSocket.writes.length, 3)
  })
}

test('a message on a websocket is taken at once; what engine.io has to know of is left to it', () => {
  const received: unknown[] = []
  const engineSocket = new WritesKept('websocket')
  const owner = { ...nobody, receive: (packet: unknown) => received.push(packet) }
  const transport = transportOn(engineSocket, {}, owner)
  const isTaken = (text = '42["a"]'): boolean => transport.readText(text)
  assert.ok(isTaken())
  assert.equal(received.length, 1)
  for (const own of ['2', '2probe', '3probe', '5', '1', '6', '']) assert.equal(isTaken(own), false, own)
  assert.ok(isTaken('3'))
  assert.deepEqual(engineSocket.packets, [{ type: 'pong' }])
  // While a pong is due, any packet puts it off, once.
  engineSocket.pingTimeoutTimer = {}
  assert.equal(isTaken(), false)
  engineSocket.hasRefreshedPingTimeout = true
  assert.ok(isTaken())
  // A client of 2 pings by itself: for it the timer is always there, and only its pings count.
  engineSocket.hasRefreshedPingTimeout = false
  engineSocket.protocol = 3
  assert.ok(isTaken())
  engineSocket.readyState = 'closing'
  assert.equal(isTaken(), false)
  assert.equal(received.length, 3)
})
