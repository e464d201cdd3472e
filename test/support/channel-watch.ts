// Owns: subscribing to our diagnostics channels for as long as a test runs.
import diagnostics from 'node:diagnostics_channel'
import type { TestContext } from 'node:test'
import type { HandlerMessage } from '../../lib/index.js'

function subscribe(t: TestContext, name: string, listener: (message: unknown) => void): void {
  diagnostics.subscribe(name, listener)
  t.after(() => {
    diagnostics.unsubscribe(name, listener)
  })
}

/** The messages of each tracing channel. */
interface TracedMessages {
  'socketio-middleware.handler': HandlerMessage
}

export const parts = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const
export type Part = (typeof parts)[number]

/** Calls back with each message of a tracing channel, and which part of it that is. */
export function watchTrace<Name extends keyof TracedMessages>(
  t: TestContext,
  name: Name,
  see: (part: Part, message: TracedMessages[Name]) => void,
): void {
  for (const part of parts) {
    subscribe(t, `tracing:${name}:${part}`, (message) => {
      see(part, message as TracedMessages[Name])
    })
  }
}
