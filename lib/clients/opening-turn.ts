// Owns: the turn of a namespace that opens with the session of its client: its hooks find it fresh, and what
// they change is stored.
// Elsewhere: the steps of opening (opening.ts), turns (namespaces/sessions/client-session.ts).
import type { ClassTable } from '../namespaces/class-table.js'
import type { NamespaceContext } from '../namespaces/namespace-context.js'
import { sessionOf } from '../namespaces/sessions/client-sessions.js'
import type { ClientSession, Turn, TurnTaker } from '../namespaces/sessions/client-session.js'

export class OpeningTurn {
  readonly #session: ClientSession
  readonly #freshFor: number
  readonly #taker: TurnTaker
  #turn: Turn | undefined

  constructor(client: NamespaceContext['client'], { freshFor = 0 }: ClassTable, taker: TurnTaker) {
    this.#session = sessionOf(client)
    this.#freshFor = freshFor
    this.#taker = taker
  }

  async begin(): Promise<void> {
    this.#turn = await this.#session.begin(this.#taker, this.#freshFor)
  }

  run<Result>(hook: () => Result): Result {
    return this.#turn === undefined ? hook() : this.#session.callIn(this.#turn, hook)
  }

  /** @param hasFailed that failure counts: this one is only reported. */
  async finish(hasFailed: boolean): Promise<void> {
    if (this.#turn === undefined) return
    try {
      await this.#session.finish(this.#turn, this.#freshFor)
    } catch (error) {
      if (!hasFailed) throw error
      this.#taker.failed('saveSession', error)
    }
  }
}
