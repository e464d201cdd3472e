// Owns: the instances of one client by endpoint: those that are there, those that wait for the end of the one before, the
// names that the client has left; and what `socket.namespaces` shows.
// Elsewhere: what packets do to them (client.ts), the life of each (instance.ts).
import type { AnyNamespace } from '../namespaces/any-namespace.js'
import type { Instance } from './instance.js'

interface Former {
  /** What a client sends to a namespace that it is leaving, from its next connect on. */
  readonly next: Map<string, Instance>
  /** Whether the name was refused. What is on its way to such a name was sent before the client knew. */
  readonly left: Map<string, boolean>
}

export class Instances {
  // Most clients have one or two: a Map weighs three times as much, and must hash what it is asked for (bench: memory).
  #all: readonly Instance[] = []
  // Made when somebody asks, which few do, and kept up from then on.
  #open: Map<string, AnyNamespace> | undefined
  // There once a namespace has ended, or comes back (bench: memory).
  #former: Former | undefined

  get size(): number {
    return this.#all.length
  }

  get(endpoint: string): Instance | undefined {
    for (const instance of this.#all) if (instance.endpoint === endpoint) return instance
    return undefined
  }

  add(instance: Instance): void {
    this.#former?.left.delete(instance.endpoint)
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

  opened({ endpoint, namespace }: { readonly endpoint: string; readonly namespace: AnyNamespace | undefined }): void {
    if (namespace !== undefined) this.#open?.set(endpoint, namespace)
  }

  /** Lets go of one that has ended: what stays is its name, of `most` at the most. */
  ended(endpoint: string, isRefused: boolean, most: number): void {
    this.#open?.delete(endpoint)
    this.#all = this.#all.filter((instance) => instance.endpoint !== endpoint)
    const { left } = this.#formerOnes
    left.delete(endpoint)
    left.set(endpoint, isRefused)
    const [oldest] = left.keys()
    if (left.size > most && oldest !== undefined) left.delete(oldest)
  }

  /** Whether the client was in it: how it came out, as far back as names are kept. */
  fateOf(endpoint: string): 'left' | 'refused' | undefined {
    const isRefused = this.#former?.left.get(endpoint)
    return isRefused === undefined ? undefined : isRefused ? 'refused' : 'left'
  }

  /** The one that waits for the end of the one before it. */
  nextOf(endpoint: string): Instance | undefined {
    return this.#former?.next.get(endpoint)
  }

  /** Keeps one that is to come after the one of its endpoint that is there. */
  keepNext(instance: Instance): void {
    this.#formerOnes.next.set(instance.endpoint, instance)
  }

  /** Takes it out. */
  takeNext(endpoint: string): Instance | undefined {
    const next = this.#former?.next.get(endpoint)
    this.#former?.next.delete(endpoint)
    return next
  }

  get #formerOnes(): Former {
    return (this.#former ??= { next: new Map(), left: new Map() })
  }

  /** Calls back when all of them have done what was sent to them, and those that wait as well. */
  whenIdle(done: () => void): void {
    const all = [...this.#all, ...(this.#former?.next.values() ?? [])]
    // One more than there are, so that nothing is done before all have been asked.
    let left = all.length + 1
    const oneDone = (): void => {
      if (--left === 0) done()
    }
    for (const instance of all) instance.whenIdle(oneDone)
    oneDone()
  }
}
