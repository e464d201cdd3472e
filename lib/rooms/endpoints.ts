// Owns: all endpoints of one middleware: those that are declared, and those that a pattern allows, while they
// are used.
import { Deadline } from '../support/timers.js'
import { Endpoint, type EndpointServer } from './endpoint.js'
import type { Member } from './member.js'

export class Endpoints {
  readonly #endpoints = new Map<string, Endpoint>()
  readonly #server: EndpointServer
  // What a name must be for its endpoint to stay when nobody is in it.
  readonly #isDeclared: (name: string) => boolean
  // When one that only a pattern allows is freed, if nobody enters it.
  readonly #freed = new Map<Endpoint, Deadline>()
  #whenEmpty: (() => void) | undefined

  constructor(server: EndpointServer, declared: Iterable<string>, isDeclared: (name: string) => boolean) {
    this.#server = server
    this.#isDeclared = isDeclared
    for (const name of declared) this.obtain(name)
  }

  /**
   * The endpoint of this name, made when there is none yet. One that only a pattern allows, and that nobody
   * enters after it was made for a broadcast, say, is freed again after a while.
   */
  obtain(name: string): Endpoint {
    const existing = this.#endpoints.get(name)
    if (existing !== undefined) return existing
    const endpoint = new Endpoint(name, this.#server)
    this.#endpoints.set(name, endpoint)
    if (!this.#isDeclared(name)) {
      const { deadlines, ackTimeout } = this.#server
      const deadline = new Deadline({ deadlinePassed: () => this.release(endpoint) })
      this.#freed.set(endpoint, deadline)
      deadlines.arm(deadline, ackTimeout)
    }
    return endpoint
  }

  /** The endpoint of this name, if somebody is in it or it is declared. */
  find(name: string): Endpoint | undefined {
    return this.#endpoints.get(name)
  }

  /** Those that there are, under names that a pattern matches; the global one has no name. */
  matching(pattern: RegExp): Endpoint[] {
    return [...this.#endpoints.values()].filter(({ endpoint }) => endpoint !== '' && pattern.test(endpoint))
  }

  /** Somebody has left: an endpoint that only a pattern allows is freed with the last. */
  release(endpoint: Endpoint): void {
    this.#lookEmpty()
    if (!endpoint.isUnused || this.#isDeclared(endpoint.endpoint)) return
    if (this.#endpoints.get(endpoint.endpoint) !== endpoint) return
    this.#endpoints.delete(endpoint.endpoint)
    // Else each name that a client has been in would be kept until then.
    const deadline = this.#freed.get(endpoint)
    this.#freed.delete(endpoint)
    if (deadline !== undefined) this.#server.deadlines.disarm(deadline)
    endpoint.close()
  }

  /** What is not done yet for any of their members, or undefined. */
  activity(withJobs: boolean): string | undefined {
    for (const { sockets } of this.#endpoints.values()) {
      for (const member of sockets.values()) {
        const activity = (member as Member).activity(withJobs)
        if (activity !== undefined) return activity
      }
    }
    return undefined
  }

  get size(): number {
    return this.#endpoints.size
  }

  /** Calls back once, when all of them are empty; immediately, if they are already. */
  whenEmpty(callback: () => void): void {
    this.#whenEmpty = callback
    this.#lookEmpty()
  }

  #lookEmpty(): void {
    if (this.#whenEmpty === undefined) return
    for (const { sockets } of this.#endpoints.values()) if (sockets.size > 0) return
    this.waitNoLonger()
  }

  /** Calls back though somebody is left. */
  waitNoLonger(): void {
    const callback = this.#whenEmpty
    this.#whenEmpty = undefined
    callback?.()
  }

  close(): void {
    for (const endpoint of this.#endpoints.values()) endpoint.close()
  }
}
