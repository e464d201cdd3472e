// Owns: the ways in which a function of an application fails, and the one place where it does.
import { setImmediate as turn } from 'node:timers/promises'

export const faultNames = [
  'throws',
  'rejects',
  'answers a promise',
  'never settles',
  'answers garbage',
  'answers what cannot be awaited',
  'is a class field',
] as const
export type FaultName = (typeof faultNames)[number]

/** A function that fails once, as soon as it is armed, and does well before and after it. */
export class Point {
  readonly row: string
  readonly fault: FaultName
  readonly #garbage: unknown
  /** How often it has failed. */
  failures = 0
  isArmed = false

  constructor(row: string, fault: FaultName, garbage: unknown) {
    this.row = row
    this.fault = fault
    this.#garbage = garbage
  }

  /** Runs what stands at `row`. */
  at(row: string, good: () => unknown): unknown {
    if (row !== this.row || !this.isArmed || this.fault === 'is a class field') return good()
    this.isArmed = false
    this.failures++
    switch (this.fault) {
      case 'throws':
        throw new Error('on purpose')
      case 'rejects':
        return turn().then(() => Promise.reject(new Error('on purpose')))
      case 'answers a promise':
        return turn().then(good)
      case 'never settles':
        return new Promise(() => {})
      case 'answers what cannot be awaited':
        return unawaitable()
      default:
        return this.#garbage
    }
  }
}

/** What `await` and whoever asks for a promise trip over: a Proxy, say, of something that is gone. */
function unawaitable(): object {
  return new Proxy(
    {},
    {
      get: (_target, key) => {
        if (key === 'then') throw new Error('on purpose')
        return undefined
      },
    },
  )
}
