// Owns: the turns of one client's namespaces with its session: one handler at a time, in the order in which they come; and what
// ends with the session.
// Elsewhere: reading and writing it (kept-session.ts), clients that send nothing (session-checks.ts).
import { AsyncLocalStorage } from 'node:async_hooks'
import { ClosedError } from '../../support/errors.js'
import { adopt, isPromiseLike } from '../../support/promises.js'
import { Deadline, type DeadlineOwner } from '../../support/timers.js'
import { ask, attempt, later, logReporter, type Reporter } from '../../support/user-code.js'
import { comeBack } from '../../socket/drain.js'
import { contextOf, type NamespaceContext } from '../namespace-context.js'
import type { Fate, KeptSession } from './kept-session.js'
import { hasSession } from './session-class.js'
import type { Checked, SessionChecks } from './session-checks.js'

/** Whose handlers take turns: one instance's calls. */
export interface TurnTaker extends Reporter {
  readonly mayAct: boolean
}

/** One handler's turn: over when that has ended and its changes are stored, or when that takes too long for the others. */
class Turn implements DeadlineOwner {
  readonly deadline = new Deadline(this)
  readonly deadlinePassed: () => void

  constructor(passOn: (turn: Turn) => void) {
    this.deadlinePassed = () => {
      passOn(this)
    }
  }
}

export type { Turn }

// What a handler calls itself, another method of its namespace say, is called in its turn.
const inside = new AsyncLocalStorage<Turn>()

export class ClientSession implements Checked {
  readonly #kept: KeptSession
  readonly #client: NamespaceContext['client']
  readonly #checks: SessionChecks
  #holder: Turn | undefined
  readonly #waiting: ((turn: Turn) => void)[] = []
  #ending: Promise<void> | undefined
  #isOver = false

  constructor(client: NamespaceContext['client'], kept: KeptSession, checks: SessionChecks) {
    this.#client = client
    this.#kept = kept
    this.#checks = checks
    checks.seen(this)
  }

  /**
   * Calls a handler in a turn, with a session as fresh as its class says, and stores what it has changed, be it that it fails. It
   * waits for nothing where there is nothing to wait for.
   * @throws what the handler throws, or the store; ClosedError when the session has gone.
   */
  run(taker: TurnTaker, freshForMs: number, handler: () => unknown): unknown {
    if (this.#holder !== undefined && inside.getStore() === this.#holder) return handler()
    return this.#holder === undefined && this.#kept.isFresh(freshForMs)
      ? this.#runNow(taker, freshForMs, handler)
      : this.#runLater(taker, freshForMs, handler)
  }

  #runNow(taker: TurnTaker, freshForMs: number, handler: () => unknown): unknown {
    const turn = this.#take()
    let result: unknown
    let failure: { readonly error: unknown } | undefined
    try {
      result = inside.run(turn, handler)
    } catch (error) {
      failure = { error }
    }
    if (isPromiseLike(result)) return this.#end(taker, turn, freshForMs, adopt(result))
    if (!this.#isSettled(freshForMs)) {
      return this.#end(taker, turn, freshForMs, failure === undefined ? settledWith(result) : failedWith(failure.error))
    }
    this.#release(turn)
    if (failure !== undefined) throw failure.error
    return result
  }

  // What cannot be looked at fails where it is to be stored.
  #isSettled(freshForMs: number): boolean {
    try {
      return this.#kept.isSettled(freshForMs)
    } catch {
      return false
    }
  }

  async #runLater(taker: TurnTaker, freshForMs: number, handler: () => unknown): Promise<unknown> {
    const turn = await this.begin(taker, freshForMs)
    const handled = new Promise((resolve) => {
      resolve(inside.run(turn, handler))
    })
    return this.#end(taker, turn, freshForMs, handled)
  }

  async #end(taker: TurnTaker, turn: Turn, freshForMs: number, handled: Promise<unknown>): Promise<unknown> {
    let failure: { readonly error: unknown } | undefined
    let result: unknown
    try {
      result = await handled
    } catch (error) {
      failure = { error }
    }
    try {
      await this.finish(turn, freshForMs)
    } catch (error) {
      if (failure === undefined) throw error
      taker.failed('saveSession', error)
    }
    if (failure !== undefined) throw failure.error
    return result
  }

  /**
   * Waits for a turn and for a fresh session.
   * @throws what the store throws; ClosedError when the instance or the session has ended.
   */
  async begin(taker: TurnTaker, freshForMs: number): Promise<Turn> {
    const turn = this.#holder === undefined ? this.#take() : await new Promise<Turn>((go) => this.#waiting.push(go))
    try {
      if (!taker.mayAct) throw new ClosedError()
      if (!this.#kept.isFresh(freshForMs)) {
        await this.#live(await this.#kept.refresh(freshForMs))
        if (!this.#isOver) this.#checks.seen(this)
      }
      if (!taker.mayAct) throw new ClosedError()
      return turn
    } catch (error) {
      this.#release(turn)
      throw error
    }
  }

  /** Calls a function in a turn. */
  callIn<Result>(turn: Turn, run: () => Result): Result {
    return inside.run(turn, run)
  }

  /** Stores what was changed, and passes the turn on. @throws what the store throws; ClosedError when the session has gone. */
  async finish(turn: Turn, freshForMs: number): Promise<void> {
    try {
      await this.#stored(() => this.#kept.settle(freshForMs))
    } catch (error) {
      if (this.#ending === undefined && !this.#isRestored()) this.#endLater()
      throw error
    } finally {
      this.#release(turn)
    }
  }

  /** Stores what was changed so far. @throws as `finish` does. */
  save(): Promise<void> {
    return this.#stored(() => this.#kept.save())
  }

  async #stored(store: () => Promise<Fate>): Promise<void> {
    const fate = await store()
    if (fate !== 'removed') await this.#live(fate)
    else this.#endLater()
  }

  #isRestored(): boolean {
    try {
      return this.#kept.restore()
    } catch {
      return false
    }
  }

  // What a handler answers goes out first, as does its failure.
  #endLater(): void {
    later(() => {
      attempt(logReporter, 'the end of a session', () => this.#endClient())
    })
  }

  async #live(fate: Fate): Promise<void> {
    if (fate === 'kept') return
    await this.#endClient()
    throw new ClosedError('the session has ended')
  }

  async check(): Promise<void> {
    const isKept = [...this.#client.socket.namespaces.values()].some(hasSession)
    // One that is in use is looked at there.
    if (!isKept || this.#holder !== undefined) return
    if ((await this.#kept.look()) === 'gone') await this.#endClient()
  }

  /** The client has gone: nothing is checked any more. What is to be stored still is. */
  over(): void {
    this.#isOver = true
    this.#checks.forget(this)
  }

  // A client that reconnects begins with another request, and with the session of its cookie.
  #endClient(): Promise<void> {
    return (this.#ending ??= this.#tellEnd().then(() => {
      // One that is disconnected already may still be told so, with its next poll.
      if (this.#client.socket.connected) this.#client.virtualSocket.close('session ended', comeBack)
    }))
  }

  async #tellEnd(): Promise<void> {
    const { app, socket } = this.#client
    const told = [...socket.namespaces.values()].filter(hasSession).map(async (namespace) => {
      const { calls } = contextOf(namespace)
      const call = (): unknown => calls.follow('hook', 'sessionEnded', () => namespace.sessionEnded())
      try {
        await ask(app.deadlines, app.closeTimeout, call)
      } catch (error) {
        calls.failed('sessionEnded', error)
      }
    })
    await Promise.all(told)
  }

  #take(): Turn {
    const turn = new Turn(this.#passOn)
    this.#holder = turn
    this.#client.app.deadlines.arm(turn.deadline, this.#client.app.sessionTimeout)
    return turn
  }

  #release(turn: Turn): void {
    this.#client.app.deadlines.disarm(turn.deadline)
    this.#passOn(turn)
  }

  readonly #passOn = (turn: Turn): void => {
    if (this.#holder !== turn) return
    this.#holder = undefined
    const next = this.#waiting.shift()
    if (next !== undefined) next(this.#take())
  }
}

async function settledWith(result: unknown): Promise<unknown> {
  return result
}

async function failedWith(error: unknown): Promise<never> {
  throw error
}
