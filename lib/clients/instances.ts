// Owns: the instances of one client by endpoint: those that are there, those that wait for the end of the one
// before, the names that the client has left; and what `socket.namespaces` shows.
// Elsewhere: what packets do to them (client.ts), the life of each (instance.ts).
import type { AnyNamespace } from '../namespaces/any-namespace.js'
import type { Instance } from './instance.js'
import type { ClientInstance } from './instance-client.js'

interface Extras {
  /** What a client sends to a namespace that it is leaving, from its next connect on. */
  readonly next: Map<string, Instance>
  /** Whether the name was refused. What is on its way to such a name was sent before the client knew. */
  readonly left: Map<string, boolean>
  /** What the `auth` of those weighs that was sent with a large connect: their namespaces keep it. */
  readonly auths: Map<object, number>
}

export class Instances {
  // Most clients have one or two: a Map weighs three times as much, and must hash what it is asked for
  // (bench: memory).
  #all: readonly Instance[] = []
  // Made when somebody asks, which few do, and kept up from then on.
  #open: Map<string, AnyNamespace> | undefined
  // There once a namespace has ended, comes back, or keeps much (bench: memory).
  #extras: Extras | undefined

  get size(): number {
    return this.#all.length
  }

  get(endpoint: string): Instance | undefined {
    for (const instance of this.#all) if (instance.declared.endpoint === endpoint) return instance
    return undefined
  }

  add(instance: Instance): void {
    this.#extras?.left.delete(instance.declared.endpoint)
    this.#all = this.#all.concat(instance)
  }

  /** All of them, as they are now: what is added meanwhile does not come by. */
  [Symbol.iterator](): Iterator<Instance> {
    return this.#all[Symbol.iterator]()
  }

  /** Those that are open, by endpoint. */
  get open(): ReadonlyMap<string, AnyNamespace> {
    if (this.#open === undefined) {
      this.#open = new Map()
      for (const instance of this.#all) if (instance.state === 'open') this.opened(instance)
    }
    return this.#open
  }

  opened(instance: ClientInstance): void {
    if (this.#open === undefined) return
    const { endpoint, namespace } = instance
    if (namespace !== undefined) this.#open.set(endpoint, namespace)
  }

  /** Removes one that has ended. Its name stays, with at most `most` names. */
  ended(instance: ClientInstance, most: number): void {
    const { endpoint } = instance.declared
    this.#open?.delete(endpoint)
    this.#extras?.auths.delete(instance)
    this.#all = this.#all.filter((each) => each !== instance)
    if (most > 0) this.#leave(endpoint, instance.isRefused, most)
  }

  #leave(endpoint: string, isRefused: boolean, most: number): void {
    const { left } = this.#someExtras
    left.delete(endpoint)
    left.set(endpoint, isRefused)
    const [oldest] = left.keys()
    if (left.size > most && oldest !== undefined) left.delete(oldest)
  }

  /** Adds the names that another client on the same connection has left: packets for those may still come. */
  inherit(other: Instances, most: number): void {
    for (const [endpoint, isRefused] of other.#extras?.left ?? []) this.#leave(endpoint, isRefused, most)
  }

  /**
   * Weighs what came with a connect for as long as its instance is there. Gives what that of all of them
   * weighs.
   */
  keepAuth(instance: object, bytes: number): number {
    const { auths } = this.#someExtras
    auths.set(instance, bytes)
    let all = 0
    for (const each of auths.values()) all += each
    return all
  }

  /** Drops the one that waits: whether there was one. */
  dropNext(endpoint: string): boolean {
    if (this.#extras === undefined) return false
    const next = this.takeNext(endpoint)
    if (next === undefined) return false
    this.#extras.auths.delete(next)
    next.drop()
    return true
  }

  /** Whether the client was in it: how it came out, as far back as names are kept. */
  fateOf(endpoint: string): 'left' | 'refused' | undefined {
    const isRefused = this.#extras?.left.get(endpoint)
    return isRefused === undefined ? undefined : isRefused ? 'refused' : 'left'
  }

  /** The one that waits for the end of the one before it. */
  nextOf(endpoint: string): Instance | undefined {
    return this.#extras?.next.get(endpoint)
  }

  /** Keeps one that is to come after the one of its endpoint that is there. */
  keepNext(instance: Instance): void {
    this.#someExtras.next.set(instance.endpoint, instance)
  }

  /** Takes it out. */
  takeNext(endpoint: string): Instance | undefined {
    const next = this.#extras?.next.get(endpoint)
    this.#extras?.next.delete(endpoint)
    return next
  }

  get #someExtras(): Extras {
    return (this.#extras ??= { next: new Map(), left: new Map(), auths: new Map() })
  }

  /** Calls back when all of them have done what was sent to them, and those that wait as well. */
  whenIdle(done: () => void): void {
    const all = [...this.#all, ...(this.#extras?.next.values() ?? [])]
    // One more than there are, so that nothing is done before all have been asked.
    let left = all.length + 1
    const oneDone = (): void => {
      if (--left === 0) done()
    }
    for (const instance of all) instance.whenIdle(oneDone)
    oneDone()
  }
}
