// Owns: the states of a virtual socket and the only ways between them.
// Elsewhere: what is done on the way (virtual-socket.ts).
//
//   handshaken ─open─▶ detached ◀─release─ attached    A sid exists before anything is attached to it. A first POST
//        └────attach────▶└─────attach─────▶│           opens it just as well as a first GET does.
//   detached | attached ─lose─▶ suspended ─attach─▶ attached    With the option `recovery`: the connection is lost, and the
//                                                      client may come back. Without it a loss is a close.
//   detached | attached ─leave─▶ leaving               The client has left: what it sent before still runs.
//   any of these ─kick─▶ parting      We have ended it: kept until the client has received that.
//   any ─close─▶ closed

import type { Packet } from '../wire/packet.js'

export const states = ['handshaken', 'detached', 'attached', 'suspended', 'leaving', 'parting', 'closed'] as const
export const signals = ['open', 'attach', 'release', 'lose', 'leave', 'kick', 'close'] as const

export type State = (typeof states)[number]
export type Signal = (typeof signals)[number]

/** What each signal makes of each state. A signal that is not listed does not apply, and changes nothing. */
export const transitions: Readonly<Record<State, Readonly<Partial<Record<Signal, State>>>>> = {
  handshaken: { open: 'detached', attach: 'attached', leave: 'closed', kick: 'closed', close: 'closed' },
  detached: { attach: 'attached', lose: 'suspended', leave: 'leaving', kick: 'parting', close: 'closed' },
  attached: {
    attach: 'attached',
    release: 'detached',
    lose: 'suspended',
    leave: 'leaving',
    kick: 'parting',
    close: 'closed',
  },
  suspended: { attach: 'attached', leave: 'leaving', kick: 'parting', close: 'closed' },
  leaving: { attach: 'leaving', release: 'leaving', kick: 'parting', close: 'closed' },
  parting: { attach: 'closed', close: 'closed' },
  closed: {},
}

/** The packet with which either side ends a session. */
export const goodbye: Packet = { type: 'disconnect', endpoint: '' }

/**
 * Why a socket or a namespace ended, as `recv_disconnect` receives it: Socket.IO 4's words where it has them.
 */
export type DisconnectReason =
  | 'client namespace disconnect'
  | 'server namespace disconnect'
  | 'server shutting down'
  | 'transport close'
  | 'heartbeat timeout'
  | 'close timeout'
  | 'parse error'
  | 'limit exceeded'
  | 'session ended'
  | 'authorization expired'

/** Reasons of an end that nobody has chosen: with the option `recovery` the client may come back. */
export type LossReason = 'transport close' | 'heartbeat timeout' | 'close timeout'
