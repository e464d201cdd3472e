// Owns: the session ids by which clients of 0.9 and 2 are found that are away, or have not proved yet that they
// are back.
// Elsewhere: the session ids of those that are connected (server/sessions.ts), what they may do (recovery.ts).
import type { RecoverableSocket } from './recoverable-socket.js'

/** How many names of connections that were of no use lead to one client. */
const mostNames = 8

export class Names {
  readonly #sockets = new Map<string, RecoverableSocket>()
  // Of all clients, connected ones too: those of names that a token may carry.
  readonly #marks = new Map<string, string>()
  /** What a token carries of a name (the option `handshakeSecret`). */
  markOf: ((name: string) => string) | undefined

  get(name: string): RecoverableSocket | undefined {
    return this.#sockets.get(name)
  }

  set(name: string, socket: RecoverableSocket): void {
    this.#sockets.set(name, socket)
  }

  delete(name: string): void {
    this.#sockets.delete(name)
  }

  /** It gets the name of another connection: gives the names that lead to it beside that. */
  renamed(socket: RecoverableSocket): readonly string[] {
    const { olderNames = [], sid } = socket
    // One that was there until now has not been among those that are away.
    this.#sockets.set(sid, socket)
    const names = [...olderNames, sid]
    // The first is the one that its page had, the last ones those that it says.
    if (names.length > mostNames) this.#forget(names.splice(1, 1))
    return names
  }

  /** The name that has this mark. */
  marked(mark: string): string | undefined {
    return this.#marks.get(mark)
  }

  /** A client has this name from now on, for as long as it leads to it. */
  mark(name: string): void {
    if (this.markOf !== undefined) this.#marks.set(this.markOf(name), name)
  }

  /** It leads to nobody any more. */
  over(name: string): void {
    if (this.markOf !== undefined) this.#marks.delete(this.markOf(name))
  }

  #forget(names: readonly string[]): void {
    for (const name of names) {
      this.#sockets.delete(name)
      this.over(name)
    }
  }

  settled(socket: RecoverableSocket): void {
    this.#forget(socket.olderNames ?? [])
    socket.forgetOlderNames()
    this.#sockets.delete(socket.sid)
  }
}
