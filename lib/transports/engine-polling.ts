// Owns: what engine.io's polling leaves open: how much a payload may hold, a session that ends between two polls, a client
// that is lost while it changes to a websocket.
// Elsewhere: the transport of such a client (engine.ts).
import type { Socket as EngineSocket } from 'engine.io'
import { ProtocolError } from '../support/errors.js'
import type { TransportOwner } from './transport.js'

/** Polling that is closed between two polls waits half a minute for one that it could tell. */
export function stopWaiting(transport: EngineSocket['transport']): void {
  const stop = Reflect.get(transport, 'shouldClose') as (() => void) | null | undefined
  stop?.()
}

/**
 * When a client changes its transport, engine.io forgets what it waits for: for the next ping of a client of version 2, for
 * the pong that one of 3 or 4 still owes. A client that is lost just then would stay for good.
 */
export function watchOverUpgrade(engineSocket: EngineSocket): void {
  let isWaiting = false
  engineSocket.on('upgrading', (next: EngineSocket['transport']) => {
    // Before engine.io itself reads the packet behind the probe.
    next.prependOnceListener('packet', () => {
      isWaiting = Reflect.get(engineSocket, 'pingTimeoutTimer') !== null
    })
  })
  engineSocket.on('upgrade', () => {
    if (isWaiting) (Reflect.get(engineSocket, 'resetPingTimeout') as () => void).call(engineSocket)
  })
}

/** Rejects a payload of more packets than may be: one call of engine.io's onData() is one payload. */
export function boundPayloads({ transport }: EngineSocket, owner: TransportOwner, maxPackets: number): void {
  const receiveAll = Reflect.get(transport, 'onData') as (data: unknown) => void
  let packets = 0
  Reflect.set(transport, 'onData', (data: unknown) => {
    packets = 0
    receiveAll.call(transport, data)
  })
  transport.prependListener('packet', () => {
    // Once: the session is closed then, and what else is in the payload goes nowhere.
    if (packets++ !== maxPackets) return
    owner.reject(new ProtocolError('SIO_PROTOCOL_LIMIT', `expected at most ${maxPackets} packets in a payload`))
  })
}
