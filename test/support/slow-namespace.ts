// Owns: a namespace whose handlers wait for a gate, so that its client's packets pile up.
import { BaseNamespace, type NamespaceClass } from '../../lib/index.js'
import { Journal } from './journal.js'
import { Gate } from './wire-client.js'

export interface Slowness {
  readonly gate: Gate
  /** The numbers of the events `work` that a handler has begun with. */
  readonly begun: Journal<number>
  /** Why the namespace of a client has ended. */
  readonly ends: Journal<string>
  readonly namespace: NamespaceClass
}

export function slowness(): Slowness {
  const gate = new Gate()
  const begun = new Journal<number>()
  const ends = new Journal<string>()
  class Slow extends BaseNamespace {
    async on_work(number: number) {
      begun.note(number)
      await gate.opened
    }

    override recv_disconnect(reason: string) {
      ends.note(reason)
    }
  }
  return { gate, begun, ends, namespace: Slow }
}

/** 0, 1, 2, …: so many. */
export function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, number) => number)
}
