// Owns: what is measured end to end, and at what size.
// Elsewhere: how it is done (load/).
import type { ScenarioName } from './load/main.js'
import type { Plan } from './load/scenario.js'
import type { Way } from './peers.js'

export interface LoadScenario {
  readonly name: string
  /** What a unit of work is. */
  readonly work: string
  /** What is counted for it. */
  readonly unit: string
  readonly way: Way
  readonly does: ScenarioName
  readonly plan: Plan
  readonly quickPlan: Plan
}

const plan = (clients: number, slices = 8, sliceMs = 200, warmMs = 600): Plan => ({ clients, slices, sliceMs, warmMs })
const quick = (clients: number, slices = 4, sliceMs = 100, warmMs = 250): Plan => ({ clients, slices, sliceMs, warmMs })

const cpu = 'µs of server CPU'
const heap = 'bytes of heap'

export const scenarios: readonly LoadScenario[] = [
  {
    name: 'echo',
    work: 'an event and its ack, one in flight',
    unit: cpu,
    way: 'websocket',
    does: 'echo',
    plan: plan(100),
    quickPlan: quick(100),
  },
  {
    name: 'pipe',
    work: 'the same, ten in flight',
    unit: cpu,
    way: 'websocket',
    does: 'pipe',
    plan: plan(50),
    quickPlan: quick(50),
  },
  {
    name: 'broadcast',
    work: 'a delivery, one of a room speaking',
    unit: cpu,
    way: 'websocket',
    does: 'broadcast',
    plan: plan(1000),
    quickPlan: quick(300),
  },
  {
    name: 'chat',
    work: 'a delivery, all members speaking',
    unit: cpu,
    way: 'websocket',
    does: 'chat',
    plan: plan(100),
    quickPlan: quick(50),
  },
  {
    name: 'connect',
    work: 'a connection, up to the namespace',
    unit: cpu,
    way: 'websocket',
    does: 'connect',
    plan: plan(150, 8, 0, 1500),
    quickPlan: quick(40),
  },
  {
    name: 'memory',
    work: 'an idle connection: heap',
    unit: heap,
    way: 'websocket',
    does: 'memory',
    plan: plan(400, 4),
    quickPlan: quick(150, 2, 100, 50),
  },
  {
    name: 'poll-echo',
    work: 'an event and its ack, by two requests',
    unit: cpu,
    way: 'polling',
    does: 'echo',
    plan: plan(50),
    quickPlan: quick(50),
  },
  {
    name: 'poll-connect',
    work: 'a connection, up to the namespace',
    unit: cpu,
    way: 'polling',
    does: 'connect',
    plan: plan(80, 8, 0, 1500),
    quickPlan: quick(25),
  },
]
