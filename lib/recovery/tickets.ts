// Owns: session ids that were handed out to clients of 0.9 that are known: the connection that comes by one
// resumes its client.
// Elsewhere: who gets one (server/v09/handshakes.ts).
import { Deadline, type DeadlineOwner, type Deadlines } from '../support/timers.js'
import type { RecoverableSocket } from './recoverable-socket.js'

export interface Ticket {
  readonly sid: string
  readonly socket: RecoverableSocket
  readonly seen: number | undefined
  readonly address: string
}

/** How many of one client are good at a time. */
const mostOfOne = 8

export class Tickets {
  readonly #deadlines: Deadlines
  readonly #patienceMs: number
  readonly #tickets = new Map<string, Handed>()
  readonly #ofSocket = new Map<RecoverableSocket, Set<Handed>>()

  constructor(deadlines: Deadlines, patienceMs: number) {
    this.#deadlines = deadlines
    this.#patienceMs = patienceMs
  }

  get(sid: string): Ticket | undefined {
    return this.#tickets.get(sid)
  }

  /** @param over is called when it is used, or can be used no more. */
  add(ticket: Ticket, over: (isUsed: boolean) => void): void {
    const handed = new Handed(ticket, this, over)
    this.#tickets.set(ticket.sid, handed)
    let others = this.#ofSocket.get(ticket.socket)
    if (others === undefined) this.#ofSocket.set(ticket.socket, (others = new Set()))
    others.add(handed)
    this.#deadlines.arm(handed.deadline, this.#patienceMs)
    const [oldest] = others
    if (others.size > mostOfOne && oldest !== undefined) this.drop(oldest)
  }

  /** Takes it: it is good once. */
  use(sid: string): Ticket | undefined {
    const handed = this.#tickets.get(sid)
    if (handed !== undefined) this.drop(handed, true)
    return handed
  }

  forget(socket: RecoverableSocket): void {
    for (const handed of this.#ofSocket.get(socket) ?? []) this.drop(handed)
  }

  drop(handed: Handed, isUsed = false): void {
    this.#deadlines.disarm(handed.deadline)
    this.#tickets.delete(handed.sid)
    const others = this.#ofSocket.get(handed.socket)
    others?.delete(handed)
    if (others?.size === 0) this.#ofSocket.delete(handed.socket)
    handed.over(isUsed)
  }
}

class Handed implements Ticket, DeadlineOwner {
  readonly sid: string
  readonly socket: RecoverableSocket
  readonly seen: number | undefined
  readonly address: string
  readonly over: (isUsed: boolean) => void
  readonly deadline = new Deadline(this)
  readonly #tickets: Tickets

  constructor({ sid, socket, seen, address }: Ticket, tickets: Tickets, over: (isUsed: boolean) => void) {
    this.sid = sid
    this.socket = socket
    this.seen = seen
    this.address = address
    this.over = over
    this.#tickets = tickets
  }

  deadlinePassed(): void {
    this.#tickets.drop(this)
  }
}
