// Owns: the life of one namespace of one client: its states, what each of them allows, and the only ways between them.
// Elsewhere: what is done on the way (instance.ts).
//
//   idle ──wake──▶ waking ──accept──▶ open ──leave────▶ leaving ──done──▶ ending ──done──▶ ended
//   connecting ────accept────────────▲                   ▲
//   connecting, waking ──leave────▶ departing ──accept───┘
//   any of these ──end──▶ ending;  connecting, waking, departing ──refuse──▶ ending;  idle ──end──▶ ended
//   waiting ──begin──▶ connecting, when the instance of the same endpoint before it has ended
import type { Standing } from '../rooms/member.js'
import type { Asking } from '../namespaces/namespace-context.js'

export const states = [
  // A client of 0.9 or 2 is in '' from the start; its class is not constructed before a packet needs it.
  'idle',
  // The class behind '' opens.
  'waking',
  // The client has asked to connect, and its namespace opens.
  'connecting',
  // The client left while its connect was being decided: what it sent before is still handled, if it is
  // accepted.
  'departing',
  'open',
  // The client has left: what it sent before is handled first.
  'leaving',
  // The steps of the end run.
  'ending',
  // The client asked again before the instance before this one has ended. It is not a member yet.
  'waiting',
  'ended',
] as const

/** What happens to an instance. */
export const signals = ['wake', 'begin', 'accept', 'refuse', 'leave', 'lose', 'end', 'done'] as const

export type State = (typeof states)[number]
export type Signal = (typeof signals)[number]

/** What a state says: whatever is asked of an instance is a column here. */
export interface Stage extends Standing {
  readonly state: State
  /**
   * What becomes of a packet of the client. `next`: it belongs to the instance that comes after this one, if
   * there is any.
   */
  readonly packet: 'wakes' | 'waits' | 'next'
  /** What becomes of a connect of the client. `remembered`: confirmed when it opens. */
  readonly connect: 'confirmed' | 'remembered' | 'ignored' | 'next'
  /** Whether the namespace may ask for an ack. */
  readonly asking: Asking
  /** Whether its client is told when we end it: not one that has left. */
  readonly isToldOfEnd: boolean
}

const present = { mayAct: true, isListed: true, isToldOfEnd: true, broadcasts: 'now', sends: 'now' } as const
const gone = { mayAct: false, isListed: false, isToldOfEnd: false, broadcasts: 'dropped', sends: 'dropped' } as const
const later = { packet: 'next', connect: 'next', asking: 'no more' } as const

/** The table; the wire's own rules for a connect are in namespaces/protocol.ts. */
export const stages: Readonly<Record<State, Stage>> = {
  idle: { state: 'idle', ...present, packet: 'wakes', connect: 'confirmed', asking: 'now' },
  waking: { state: 'waking', ...present, sends: 'held', packet: 'waits', connect: 'remembered', asking: 'not yet' },
  connecting: {
    state: 'connecting',
    ...present,
    isListed: false,
    broadcasts: 'held',
    sends: 'held',
    packet: 'waits',
    connect: 'remembered',
    asking: 'not yet',
  },
  departing: { state: 'departing', ...gone, ...later, mayAct: true },
  open: { state: 'open', ...present, packet: 'waits', connect: 'confirmed', asking: 'now' },
  leaving: { state: 'leaving', ...present, ...later, isListed: false, isToldOfEnd: false },
  ending: { state: 'ending', ...gone, ...later },
  waiting: { state: 'waiting', ...gone, packet: 'waits', connect: 'ignored', asking: 'no more' },
  ended: { state: 'ended', ...gone, ...later },
}

/**
 * What each signal makes of each state. A signal that is not listed does not apply, and changes nothing: who
 * is refused is not accepted, who has ended does not end again, and a lost connection does not stop what a
 * client sent before it left.
 */
export const transitions: Readonly<Record<State, Readonly<Partial<Record<Signal, State>>>>> = {
  idle: { wake: 'waking', leave: 'ended', lose: 'ended', end: 'ended' },
  waking: { accept: 'open', refuse: 'ending', leave: 'departing', lose: 'ending', end: 'ending' },
  connecting: { accept: 'open', refuse: 'ending', leave: 'departing', lose: 'ending', end: 'ending' },
  departing: { accept: 'leaving', refuse: 'ending', end: 'ending' },
  open: { leave: 'leaving', lose: 'ending', end: 'ending' },
  leaving: { end: 'ending' },
  ending: { done: 'ended' },
  waiting: { begin: 'connecting', leave: 'ended', lose: 'ended', end: 'ended' },
  ended: {},
}
