// Owns: that what a socket of engine.io emits reaches its transport, and all other listeners.
import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { test } from 'node:test'
import type { Socket as EngineSocket } from 'engine.io'
import { listenTo, listenToHeartbeats, type EngineListener } from '../../../lib/transports/engine-events.js'

class FakeSocket extends EventEmitter {
  readonly protocol: number

  constructor(protocol: number) {
    super()
    this.protocol = protocol
  }
}

// As tools do that follow what happens, each with a function of its own on the socket.
class PatchedSocket extends FakeSocket {
  override emit = (event: string | symbol, ...args: unknown[]): boolean => super.emit(event, ...args)
}

function listening(socket: FakeSocket): unknown[] {
  const told: unknown[] = []
  const listener: EngineListener = {
    receive: (frame) => told.push(['receive', frame]),
    created: (packet) => told.push(['created', packet]),
    flushed: () => told.push('flushed'),
    heard: () => told.push('heard'),
    upgraded: () => told.push('upgraded'),
    closed: (reason) => told.push(['closed', reason]),
  }
  socket.once('close', (reason: string) => told.push(['other', reason]))
  listenTo(socket as unknown as EngineSocket, listener)
  socket.once('drain', () => told.push('drained'))
  return told
}

function emitAll(socket: FakeSocket): void {
  const ping = { type: 'ping' }
  socket.emit('packet', ping)
  socket.emit('data', '2["a"]')
  socket.emit('message', '2["a"]')
  socket.emit('packetCreate', ping)
  socket.emit('flush', [ping])
  socket.emit('drain')
  socket.emit('heartbeat')
  socket.emit('upgrade', {})
  socket.emit('close', 'transport close', undefined)
}

for (const [what, Kind] of [
  ['a socket of engine.io', FakeSocket],
  ['one whose emit() somebody has replaced', PatchedSocket],
] as const) {
  for (const protocol of [3, 4]) {
    test(`${what}, of revision ${protocol}, reports all that its transport needs, its end to others first`, () => {
      const socket = new Kind(protocol)
      const told = listening(socket)
      emitAll(socket)
      assert.deepEqual(told, [
        ['receive', '2["a"]'],
        ['created', { type: 'ping' }],
        'flushed',
        'drained',
        ...(protocol === 3 ? ['heard'] : []),
        'upgraded',
        ['other', 'transport close'],
        ['closed', 'transport close'],
      ])
    })
  }

  test(`${what}, of revision 4, reports pongs once they are listened to`, () => {
    const socket = new Kind(4)
    const told = listening(socket)
    listenToHeartbeats(socket as unknown as EngineSocket)
    socket.emit('heartbeat')
    assert.deepEqual(told, ['heard'])
  })
}
