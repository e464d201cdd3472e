// Owns: what may happen to a few clients and their namespaces, and how each hook behaves, as values that can be made up.
// Elsewhere: what must come of it (model.ts), how it is done to a server (world.ts).
import * as fc from 'fast-check'

/** What a step of a connect does. The ones named `later` wait until they are told to go on. */
export const stepModes = ['now', 'later', 'refuse', 'refuse later', 'fail', 'fail later', 'never', 'sleep'] as const
export type StepMode = (typeof stepModes)[number]

/** What a handler does; `leave` calls its own disconnect(), `ask` waits for an ack that never comes. */
export const eventModes = ['now', 'later', 'throw', 'reject later', 'never', 'sleep', 'ask', 'leave'] as const
export type EventMode = (typeof eventModes)[number]

/** What recv_disconnect does. */
export const endModes = ['now', 'later', 'throw', 'reject later', 'never', 'sleep'] as const
export type EndMode = (typeof endModes)[number]

/** How one instance behaves. */
export interface LifePlan {
  readonly initialize: StepMode
  readonly recv_connect: StepMode
  readonly recv_disconnect: EndMode
}

export type Op =
  | { readonly op: 'connect'; readonly client: number; readonly endpoint: number }
  | { readonly op: 'leave'; readonly client: number; readonly endpoint: number }
  | { readonly op: 'event'; readonly client: number; readonly endpoint: number; readonly mode: EventMode }
  | { readonly op: 'lose'; readonly client: number }
  | { readonly op: 'kick' | 'broadcast' | 'ask all'; readonly endpoint: number }
  | { readonly op: 'go on'; readonly which: number }
  | { readonly op: 'wait' }

export const endpoints = ['/a', '/b', ''] as const

const client = fc.integer({ min: 0, max: 1 })
const endpoint = fc.integer({ min: 0, max: endpoints.length - 1 })

const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 7, arbitrary: fc.record({ op: fc.constant('connect' as const), client, endpoint }) },
  { weight: 4, arbitrary: fc.record({ op: fc.constant('leave' as const), client, endpoint }) },
  {
    weight: 6,
    arbitrary: fc.record({ op: fc.constant('event' as const), client, endpoint, mode: fc.constantFrom(...eventModes) }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('lose' as const), client }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('kick' as const), endpoint }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('broadcast' as const), endpoint }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('ask all' as const), endpoint }) },
  { weight: 6, arbitrary: fc.record({ op: fc.constant('go on' as const), which: fc.nat(7) }) },
  { weight: 1, arbitrary: fc.constant({ op: 'wait' as const }) },
)

function often<Mode extends string>(modes: readonly Mode[]): fc.Arbitrary<Mode> {
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant(modes[0] as Mode) },
    { weight: 3, arbitrary: fc.constantFrom(...modes) },
  )
}

export const lifePlan: fc.Arbitrary<LifePlan> = fc.record({
  initialize: often(stepModes),
  recv_connect: often(stepModes),
  recv_disconnect: often(endModes),
})

export interface Story {
  readonly generations: readonly ('0.9' | '2' | '4')[]
  /** For each client and endpoint in turn, how its lives go. */
  readonly plans: readonly LifePlan[]
  readonly ops: readonly Op[]
}

export const story: fc.Arbitrary<Story> = fc.record({
  generations: fc.array(fc.constantFrom('0.9' as const, '2' as const, '4' as const), { minLength: 2, maxLength: 2 }),
  plans: fc.array(lifePlan, { minLength: 3, maxLength: 7 }),
  ops: fc.array(op, { minLength: 4, maxLength: 24 }),
})

/** The plan of one life: the same for the model and for the server. */
export function planOf({ plans }: Story, clientAt: number, endpointAt: number, life: number): LifePlan {
  return plans[(clientAt * 3 + endpointAt * 5 + life) % plans.length] as LifePlan
}
