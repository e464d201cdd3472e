// Owns: jobs: work that a namespace or a socket has spawned, and that ends with it.
// Elsewhere: where their failures are reported (error-handler.ts).
import { ClosedError, UsageError, isA, quote } from '../support/errors.js'
import { handOut } from '../support/handed-promise.js'
import { checkDuration } from '../support/options.js'
import { isPromiseLike } from '../support/promises.js'
import { Deadline, type DeadlineOwner, type Deadlines } from '../support/timers.js'
import { guardListeners, later, nameOf, type Reporter } from '../support/user-code.js'
import type { Handler } from './types.js'

/** A job as it is spawned: its first argument is the signal that says when to stop. */
export type JobFunction<Owner, Args extends unknown[]> = (
  this: Owner,
  signal: AbortSignal,
  ...args: Args
) => Promise<unknown> | AsyncGenerator

/** What `spawn()` returns. */
export interface Job {
  /** Resolves when the job has ended, however it did; it never rejects. */
  readonly done: Promise<void>
  readonly isEnded: boolean
  /** Aborts its signal; a generator is stopped at its next `yield`. */
  kill(): void
}

export interface JobsOwner extends Reporter {
  /** Runs a job inside the application's exception handling. */
  runJob(name: string, run: Handler): unknown
  jobFailed(name: string, error: unknown): void
}

export class Jobs {
  readonly #owner: JobsOwner
  readonly #deadlines: Deadlines
  // There once something was spawned or slept: most namespaces never do.
  #running: Set<AbortController> | undefined
  #sleepers: Set<Sleeper> | undefined
  #isOver = false

  constructor(owner: JobsOwner, deadlines: Deadlines) {
    this.#owner = owner
    this.#deadlines = deadlines
  }

  /**
   * Starts a job, called with `self` as this. After the end it starts nothing and returns a job that has
   * ended.
   * @throws UsageError SIO_USAGE_JOB for anything but a function.
   */
  spawn<Owner, Args extends unknown[]>(self: Owner, job: JobFunction<Owner, Args>, args: Args): Job {
    if (typeof job !== 'function') {
      throw new UsageError('SIO_USAGE_JOB', `expected spawn() to get a function, got ${quote(job)}`)
    }
    const controller = new AbortController()
    if (this.#isOver) {
      controller.abort(new ClosedError())
      return new SpawnedJob(controller, Promise.resolve(), this.#owner)
    }
    guardListeners(controller.signal, this.#owner)
    const running = (this.#running ??= new Set())
    running.add(controller)
    const run = () => complete(job.call(self, controller.signal, ...args), controller.signal)
    const name = nameOf(job, 'anonymous')
    const done = settle(() => this.#owner.runJob(name, run)).then((error) => {
      running.delete(controller)
      if (error !== undefined) this.#owner.jobFailed(name, error.cause)
    })
    return new SpawnedJob(controller, done, this.#owner)
  }

  /** Waits; rejects with ClosedError when the jobs are killed first. */
  sleep(ms: number): Promise<void> {
    checkDuration('sleep()', ms)
    return handOut(this.#sleep(ms), 'sleep', this.#owner)
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#isOver) {
        later(() => {
          reject(new ClosedError())
        })
        return
      }
      const sleepers = (this.#sleepers ??= new Set())
      const sleeper = new Sleeper(() => {
        sleepers.delete(sleeper)
        resolve()
      }, reject)
      sleepers.add(sleeper)
      this.#deadlines.arm(sleeper.deadline, ms)
    })
  }

  /** Whether one runs that does not sleep. */
  get isBusy(): boolean {
    return (this.#running?.size ?? 0) > (this.#sleepers?.size ?? 0)
  }

  /** Rejects what sleeps: the namespace has ended while a step of its opening waits for it. */
  wake(): void {
    const sleepers = this.#sleepers
    this.#sleepers = undefined
    for (const sleeper of sleepers ?? []) {
      this.#deadlines.disarm(sleeper.deadline)
      sleeper.reject(new ClosedError())
    }
  }

  kill(): void {
    this.wake()
    // Those of now: an abort listener may spawn another one.
    const running = this.#running
    this.#running = undefined
    for (const controller of running ?? []) controller.abort(new ClosedError())
  }

  /** Lets no more begin; what runs goes on. */
  close(): void {
    this.#isOver = true
  }

  /** Kills all, and lets no more begin. */
  end(): void {
    this.close()
    this.kill()
  }
}

class SpawnedJob implements Job {
  readonly done: Promise<void>
  readonly #controller: AbortController
  #isEnded = false

  constructor(controller: AbortController, done: Promise<void>, owner: Reporter) {
    this.#controller = controller
    this.#isEnded = controller.signal.aborted
    const ended = done.then(() => {
      this.#isEnded = true
    })
    this.done = handOut(ended, 'spawn', owner)
  }

  get isEnded(): boolean {
    return this.#isEnded
  }

  kill(): void {
    this.#controller.abort(new ClosedError())
  }
}

class Sleeper implements DeadlineOwner {
  readonly deadline = new Deadline(this)
  readonly deadlinePassed: () => void
  readonly reject: (error: ClosedError) => void

  constructor(resolve: () => void, reject: (error: ClosedError) => void) {
    this.deadlinePassed = resolve
    this.reject = reject
  }
}

// Runs a job to its end. An error that it throws because it was stopped is no failure, and reaches no
// exception handler.
async function complete(running: unknown, signal: AbortSignal): Promise<void> {
  try {
    if (isPromiseLike(running)) await running
    else if (isGenerator(running)) await drive(running, signal)
  } catch (error) {
    if (!signal.aborted || !isEnd(error, signal)) throw error
  }
}

function isGenerator(value: unknown): value is AsyncGenerator {
  return typeof value === 'object' && value !== null && typeof (value as Partial<AsyncGenerator>).next === 'function'
}

// A yield gives way to all others now and then, also where it waits for nothing.
const stepsInTurn = 100

async function drive(generator: AsyncGenerator, signal: AbortSignal): Promise<void> {
  for (let steps = 1; ; steps++) {
    if ((await generator.next()).done) return
    if (steps % stepsInTurn === 0) await new Promise<void>(later)
    if (signal.aborted) {
      await generator.return(undefined)
      return
    }
  }
}

function isEnd(error: unknown, signal: AbortSignal): boolean {
  return error === signal.reason || isA(error, ClosedError) || (isA(error, Error) && error.name === 'AbortError')
}

async function settle(run: Handler): Promise<{ cause: unknown } | undefined> {
  try {
    await run()
    return undefined
  } catch (cause) {
    return { cause }
  }
}
