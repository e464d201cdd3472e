// Owns: subscribing to our diagnostics channels for as long as a test runs.
import diagnostics from 'node:diagnostics_channel'
import type { TestContext } from 'node:test'
import type { ChannelMessages, channels } from '../../lib/index.js'

function subscribe(t: TestContext, name: string, listener: (message: unknown) => void): void {
  diagnostics.subscribe(name, listener)
  t.after(() => {
    diagnostics.unsubscribe(name, listener)
  })
}

type TracedName = (typeof channels)['handler' | 'connect']
type Name = Exclude<keyof ChannelMessages, TracedName>

/** Calls back with each message of a channel. */
export function watch<Of extends Name>(t: TestContext, name: Of, see: (message: ChannelMessages[Of]) => void): void {
  subscribe(t, name, (message) => {
    see(message as ChannelMessages[Of])
  })
}

export const parts = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const
export type Part = (typeof parts)[number]

/** Calls back with each message of a tracing channel, and which part of it that is. */
export function watchTrace<Of extends TracedName>(
  t: TestContext,
  name: Of,
  see: (part: Part, message: ChannelMessages[Of]) => void,
): void {
  for (const part of parts) {
    subscribe(t, `tracing:${name}:${part}`, (message) => {
      see(part, message as ChannelMessages[Of])
    })
  }
}
