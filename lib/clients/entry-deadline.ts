// Owns: how long a client may be in no namespace after it has come: until then it holds a place like a
// handshake that never opens.
import { Deadline, type DeadlineOwner, type Deadlines } from '../support/timers.js'

interface Comer {
  /** Whether it is in a namespace or has asked for one. */
  readonly isAsking: boolean
  readonly virtualSocket: { close(reason: 'close timeout'): void }
  readonly app: { readonly deadlines: Deadlines; readonly handshakeTimeout: number }
}

export class EntryDeadline implements DeadlineOwner {
  readonly #deadline = new Deadline(this)
  readonly #comer: Comer
  #isPassed = false

  constructor(comer: Comer) {
    const { deadlines, handshakeTimeout } = comer.app
    this.#comer = comer
    deadlines.arm(this.#deadline, handshakeTimeout)
  }

  deadlinePassed(): void {
    this.#isPassed = true
    this.look()
  }

  /**
   * What it had or asked for is over. A connect that takes longer is not cut; a client that is refused
   * everywhere then is.
   */
  look(): void {
    if (this.#isPassed && !this.#comer.isAsking) this.#comer.virtualSocket.close('close timeout')
  }

  /** It is in a namespace, or gone. */
  disarm(): void {
    this.#comer.app.deadlines.disarm(this.#deadline)
  }
}
