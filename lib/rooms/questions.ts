// Owns: what the processes of one endpoint ask each other: one message to all the others, and one answer of
// each.
// Elsewhere: the questions, and their results (counting.ts, fetching.ts).
import { logger } from '../support/log.js'
import { isPromiseLike } from '../support/promises.js'
import { Deadline, type Deadlines } from '../support/timers.js'
import { attempt, logReporter } from '../support/user-code.js'
import { answerPatienceOf, answersSoFar } from './guard.js'
import { replies, type Question } from './replies.js'
import type { ListingEndpoint } from './listed.js'

const log = logger('adapter')

/** For how long callers with the same question share the pending answer. */
const sharedMs = 50

/** The endpoint of the question. */
export interface AskingEndpoint extends ListingEndpoint {
  readonly adapter: { serverSideEmit(packet: unknown[]): unknown; serverCount(): PromiseLike<number> }
  readonly server: { readonly deadlines: Deadlines; readonly backplane: { readonly isDown: boolean } }
  attempt(action: () => unknown): void
}

/** What has come of a question to the other processes. */
export interface Gathered<Answer> {
  readonly answers: readonly Answer[]
  /** How many processes have not answered, or with something else. */
  readonly missing: number
  /** Why some are missing. */
  readonly error: unknown
}

interface Asked {
  readonly since: number
  readonly round: Round
}

export class Questions {
  readonly #endpoint: AskingEndpoint
  // Those that wait for their answers.
  readonly #asked = new Map<string, Asked>()

  constructor(endpoint: AskingEndpoint) {
    this.#endpoint = endpoint
  }

  /**
   * Asks all other processes, and resolves with what they have answered when all have, or after the adapter's
   * own patience, or `timeoutMs`. It never rejects. Who asks the same within 50 ms, before the answers have
   * come, shares them.
   */
  ask<Answer>({ name, args, isAnswer }: Question<Answer>, timeoutMs?: number): Promise<Gathered<Answer>> {
    const key = JSON.stringify([name, ...args])
    const { clock } = this.#endpoint.server.deadlines
    const now = clock.now()
    let asked = this.#asked.get(key)
    if (asked === undefined || now - asked.since > sharedMs) {
      asked = { since: now, round: new Round(this.#endpoint, [name, ...args]) }
      this.#asked.set(key, asked)
      this.#forgetLater(key, asked)
    }
    return asked.round.within(timeoutMs, isAnswer)
  }

  #forgetLater(key: string, asked: Asked): void {
    asked.round.whenDone(() => {
      if (this.#asked.get(key) === asked) this.#asked.delete(key)
    })
  }

  /**
   * Another process asks. Anything but a question of this version is not answered: it may be the
   * application's.
   */
  receive(name: string, args: readonly unknown[]): void {
    const answer = args.at(-1)
    const reply = replies.get(name)
    if (typeof answer !== 'function' || reply === undefined) {
      log('ignoring "%s"', name)
      return
    }
    attempt(logReporter, `the answer to "${name}" of another process`, () => {
      const value = reply(this.#endpoint, args.slice(0, -1))
      if (value !== undefined) (answer as (value: unknown) => void)(value)
    })
  }
}

/** One question on its way, and what has come of it. */
class Round {
  readonly #deadlines: Deadlines
  readonly #waiting = new Set<() => void>()
  readonly #deadline: Deadline
  readonly #soFar: () => readonly unknown[]
  #responses: readonly unknown[] | undefined
  #error: unknown
  // All processes, this one included, as soon as it is known.
  #processes: number | undefined

  constructor(endpoint: AskingEndpoint, packet: readonly unknown[]) {
    this.#deadlines = endpoint.server.deadlines
    const { adapter } = endpoint
    const patienceMs = answerPatienceOf(adapter)
    this.#deadline = new Deadline({
      deadlinePassed: () => {
        this.#done(tooLate(patienceMs), this.#soFar())
      },
    })
    this.#deadlines.arm(this.#deadline, patienceMs)
    const failed = (error: unknown): void => {
      this.#done(error, [])
    }
    const answered = (error: unknown, responses: unknown): void => {
      const all: unknown[] = Array.isArray(responses) ? responses : []
      // One that lives by heartbeats takes itself for alone after a while.
      const isCutOff = all.length === 0 && endpoint.server.backplane.isDown
      const isWrong = this.#others > 0 && !Array.isArray(responses)
      const why = isCutOff ? 'other processes cannot be reached' : isWrong && 'the adapter has answered something else'
      this.#done(error ?? (why === false ? undefined : new Error(why)), all)
    }
    this.#soFar = () => answersSoFar(adapter, answered)
    followed(
      endpoint,
      failed,
      () => adapter.serverCount(),
      (count) => {
        if (Number.isSafeInteger(count)) this.#processes = count as number
        if (!canAsk(adapter)) failed(this.#others > 0 ? new Error('the adapter has no serverSideEmit()') : undefined)
      },
    )
    if (canAsk(adapter)) followed(endpoint, failed, () => adapter.serverSideEmit([...packet, answered]))
  }

  get #others(): number {
    return Math.max(0, (this.#processes ?? 1) - 1)
  }

  #done(error: unknown, responses: readonly unknown[]): void {
    if (this.#responses !== undefined) return
    this.#deadlines.disarm(this.#deadline)
    this.#error = error
    this.#responses = responses
    for (const done of this.#waiting) done()
    this.#waiting.clear()
  }

  whenDone(call: () => void): void {
    if (this.#responses !== undefined) call()
    else this.#waiting.add(call)
  }

  /** What has come when it is done, or until then. */
  within<Answer>(
    timeoutMs: number | undefined,
    isAnswer: (value: unknown) => value is Answer,
  ): Promise<Gathered<Answer>> {
    return new Promise((resolve) => {
      const deadline = new Deadline({
        deadlinePassed: () => {
          this.#waiting.delete(done)
          resolve(this.#gathered(isAnswer, this.#soFar(), tooLate(timeoutMs)))
        },
      })
      const done = (): void => {
        this.#deadlines.disarm(deadline)
        resolve(this.#gathered(isAnswer, this.#responses ?? [], this.#error))
      }
      if (timeoutMs !== undefined) this.#deadlines.arm(deadline, timeoutMs)
      this.whenDone(done)
    })
  }

  #gathered<Answer>(
    isAnswer: (value: unknown) => value is Answer,
    responses: readonly unknown[],
    error: unknown,
  ): Gathered<Answer> {
    const answers = responses.filter(isAnswer)
    const wrong = responses.length - answers.length
    // Without an error all have answered whom the adapter knows, however many it knew before.
    const missing = error === undefined ? wrong : Math.max(1, this.#others - answers.length)
    return {
      answers,
      missing,
      error: error ?? (wrong === 0 ? undefined : new Error('another process has answered something else')),
    }
  }
}

function tooLate(ms: number | undefined): Error {
  return new Error(`not all other processes have answered within ${ms} ms`)
}

/** Does what an adapter may do at once or later, and never; a failure is reported as that of an adapter. */
function followed(
  endpoint: AskingEndpoint,
  failed: (error: unknown) => void,
  action: () => unknown,
  succeeded: (value: unknown) => void = () => {},
): void {
  endpoint.attempt(() => {
    try {
      const result = action()
      if (isPromiseLike(result)) result.then(succeeded, failed)
      else succeeded(result)
      return result
    } catch (error) {
      failed(error)
      throw error
    }
  })
}

// What adapters inherit only warns. Theirs may come from another copy of the package: it is known by what
// else it has.
function canAsk(adapter: object): boolean {
  let prototype: object | null = adapter
  while (prototype !== null && !Object.hasOwn(prototype, 'serverSideEmit')) {
    prototype = Object.getPrototypeOf(prototype) as object | null
  }
  return prototype !== null && !Object.hasOwn(prototype, 'computeExceptSids')
}
