// Owns: knowing whether other processes can be reached, so that an outage is reported once, and affects
// nobody here.
// Elsewhere: which calls of an adapter are watched (guard.ts), reports (namespaces/error-handler.ts).
import { logger } from '../support/log.js'
import { isPromiseLike } from '../support/promises.js'
import { Deadline, type Deadlines } from '../support/timers.js'

const log = logger('backplane')

/**
 * How long a message to the others may take to leave. Clients that reconnect keep it for as long as they are
 * trying.
 */
const patienceMs = 5000

// Stands for all throws.
const thrown = {}

/** A client of Redis, as far as both `redis` and `ioredis` are emitters. */
interface Client {
  on(event: string, listener: (error: unknown) => void): unknown
  off(event: string, listener: (error: unknown) => void): unknown
}

export class Backplane {
  readonly #deadlines: Deadlines
  readonly #report: (error: unknown, endpoint: string) => void
  // What has failed since the last success: an outage lasts until nothing is left.
  readonly #failing = new Set<object>()
  #failures = 0
  #thrownAt = 0
  /** Adapters of which everything that they send is watched: what their own methods return says little. */
  readonly watched = new WeakSet<object>()
  readonly #clients = new Map<object, { proxy: object; release: () => void }>()
  #isClosed = false

  constructor(deadlines: Deadlines, report: (error: unknown, endpoint: string) => void) {
    this.#deadlines = deadlines
    this.#report = report
  }

  /** Something for the others could not be done; nobody's fault here. */
  failed(error: unknown, endpoint: string, source: object = this): void {
    log('"%s": %s', endpoint, error)
    const isKnown = this.isDown
    this.#failures++
    if (source === thrown && !this.#failing.has(thrown)) this.#thrownAt = this.#deadlines.clock.now()
    this.#failing.add(source)
    if (!isKnown && !this.#isClosed) this.#report(error, endpoint)
  }

  /** An adapter has thrown. It may never report that all is well again, so that this is forgotten soon. */
  threw(error: unknown, endpoint: string): void {
    this.failed(error, endpoint, thrown)
  }

  /** What was begun at `since` has worked: all is well, unless something else has failed meanwhile. */
  worked(since: number): void {
    this.#failing.delete(this)
    if (since === this.#failures) this.#failing.clear()
  }

  /** Whether other processes cannot be reached, as far as is known. */
  get isDown(): boolean {
    if (this.#deadlines.clock.now() - this.#thrownAt >= patienceMs) this.#failing.delete(thrown)
    return this.#failing.size > 0
  }

  /** A moment, for `worked`. */
  get now(): number {
    return this.#failures
  }

  /** Watches something on its way to the others: it fails when it is rejected, or takes too long. */
  watch(result: unknown, endpoint: string): void {
    if (!isPromiseLike(result)) return
    const since = this.now
    const deadline = new Deadline({
      deadlinePassed: () => {
        this.failed(new Error(`nothing could be published within ${patienceMs} ms`), endpoint)
      },
    })
    this.#deadlines.arm(deadline, patienceMs)
    result.then(
      () => {
        this.#deadlines.disarm(deadline)
        this.worked(since)
      },
      (error: unknown) => {
        this.#deadlines.disarm(deadline)
        this.failed(error, endpoint)
      },
    )
  }

  /** Stands in for a client whose promises nobody looks at: each is watched, and its errors are handled. */
  watchClient<C extends object>(client: C, endpoint: string): C {
    const known = this.#clients.get(client)
    if (known !== undefined) return known.proxy as C
    const proxy = new Proxy(client, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key)
        if (typeof value !== 'function' || key === 'constructor') return value
        return (...args: unknown[]): unknown => {
          const result: unknown = Reflect.apply(value, target, args)
          this.watch(result, endpoint)
          return result
        }
      },
    })
    this.#clients.set(client, { proxy, release: this.#listen(client as unknown as Client, endpoint) })
    return proxy
  }

  #listen(client: Client, endpoint: string): () => void {
    if (typeof client.on !== 'function' || typeof client.off !== 'function') return () => {}
    const failed = (error: unknown): void => {
      this.failed(error, endpoint, client)
    }
    const ready = (): void => {
      this.#failing.delete(client)
    }
    client.on('error', failed)
    client.on('ready', ready)
    return () => {
      client.off('error', failed)
      client.off('ready', ready)
    }
  }

  /** No more reports. */
  close(): void {
    this.#isClosed = true
    for (const { release } of this.#clients.values()) release()
    this.#clients.clear()
  }
}
