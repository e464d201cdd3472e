// Owns: what a failure says: what was waited for, and what came instead; and failures that nobody waits for.
import { inspect } from 'node:util'
import { setImmediate } from './time.js'

/** An event that has come. */
export interface HeardEvent {
  readonly name: string
  readonly args: readonly unknown[]
  /** Whether a test has had it by `next()`. */
  isTaken: boolean
}

// What came last is what a test is about.
const mostEvents = 10
const mostText = 200

/** The last events, a line each. */
export function describeEvents(events: readonly HeardEvent[]): string {
  if (events.length === 0) return 'No event has come.'
  const last = events.slice(-mostEvents)
  const head = events.length > last.length ? `The last ${last.length} of ${events.length} events` : 'The events so far'
  return [`${head}:`, ...last.map((event) => `  ${describeEvent(event)}`)].join('\n')
}

function describeEvent({ name, args, isTaken }: HeardEvent): string {
  return `${describeCall(name, args)}${isTaken ? ', which next() has taken' : ''}`
}

/** An event as one would emit it. */
export function describeCall(name: string, args: readonly unknown[]): string {
  const list = args.map((arg) => inspect(arg, { depth: 4, breakLength: Infinity, maxStringLength: mostText }))
  const text = [`'${name}'`, ...list].join(', ')
  return text.length > mostText ? `${text.slice(0, mostText)}…` : text
}

/**
 * A function of the test's that throws is the test's failure, and nobody else's to handle: its runner reports
 * it. In a turn of its own, by which node:test knows whose it is; of a microtask it does not.
 */
export function throwUncaught(error: unknown): void {
  setImmediate(() => {
    throw error
  })
}

/** What a function returns; undefined when it throws, which is reported in the same way. */
export function attempt<Value>(run: () => Value): Value | undefined {
  try {
    return run()
  } catch (error) {
    throwUncaught(error)
    return undefined
  }
}
