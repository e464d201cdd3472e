// Owns: what is measured end to end, and at what size.
// Elsewhere: how it is done (load/).
import type { ScenarioName } from './load/main.js'
import type { Plan } from './load/scenario.js'
import type { Setting, Way } from './peers.js'

export interface LoadScenario {
  readonly name: string
  /** What a unit of work is. */
  readonly work: string
  /** What is counted for it. */
  readonly unit: string
  readonly way: Way
  /** An Express app where it does not say. */
  readonly setting?: Setting
  /** Of each server, joined by a Redis; one where it does not say. */
  readonly processes?: number
  readonly does: ScenarioName
  /** Whether its servers are up one after the other: together they would have more connections than a process may. */
  readonly isAlone?: boolean
  /** What of the times is shown: each label with the share of all that were no slower. */
  readonly times?: Readonly<Record<string, number>>
  readonly plan: Plan
  readonly quickPlan: Plan
}

const plan = (clients: number, slices = 8, sliceMs = 200, warmMs = 600): Plan => ({ clients, slices, sliceMs, warmMs })
const quick = (clients: number, slices = 4, sliceMs = 100, warmMs = 250): Plan => ({ clients, slices, sliceMs, warmMs })

const arrivals = { unit: 'µs of server CPU', does: 'connect' } as const
const cluster = { unit: 'µs of CPU of both servers', way: 'websocket', setting: 'cluster', processes: 2 } as const
const events = { unit: 'µs of server CPU', way: 'websocket', does: 'rate' } as const
const percentiles = { p50: 0.5, p99: 0.99, 'p99.9': 0.999 }

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
    ...arrivals,
    name: 'connect',
    work: 'a connection, up to the namespace',
    way: 'websocket',
    plan: plan(150, 8, 0, 1500),
    quickPlan: quick(40),
  },
  {
    ...arrivals,
    name: 'connect-beside',
    work: 'the same, beside the app',
    way: 'websocket',
    setting: 'beside',
    plan: plan(150, 8, 0, 1500),
    quickPlan: quick(40),
  },
  {
    ...arrivals,
    name: 'connect-session',
    work: 'the same, through cookies and sessions',
    way: 'websocket',
    setting: 'session',
    plan: plan(150, 8, 0, 1500),
    quickPlan: quick(40),
  },
  {
    ...arrivals,
    name: 'connect-session-beside',
    work: 'the same, beside the app',
    way: 'websocket',
    setting: 'session beside',
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
    ...arrivals,
    name: 'poll-connect',
    work: 'a connection, up to the namespace',
    way: 'polling',
    plan: plan(80, 8, 0, 1500),
    quickPlan: quick(25),
  },
  {
    ...arrivals,
    name: 'poll-connect-beside',
    work: 'the same, beside the app',
    way: 'polling',
    setting: 'beside',
    plan: plan(80, 8, 0, 1500),
    quickPlan: quick(25),
  },
  {
    ...cluster,
    name: 'cluster',
    work: 'a delivery, half of the room in another process',
    does: 'broadcast',
    times: { 'until the last': 0.5 },
    plan: plan(1000),
    quickPlan: quick(300),
  },
  {
    ...cluster,
    name: 'cluster-room-100',
    work: 'a delivery in a room of 10, of 100 clients',
    does: 'smallRoom',
    plan: plan(100),
    quickPlan: quick(100),
  },
  {
    ...cluster,
    name: 'cluster-room-10000',
    work: 'the same, of 10,000 clients',
    does: 'smallRoom',
    isAlone: true,
    plan: plan(10_000),
    quickPlan: quick(1_000),
  },
  {
    ...events,
    name: 'latency-2000',
    work: 'an event and its ack, 2,000 a second',
    times: percentiles,
    plan: { ...plan(200, 8, 500), rate: 2_000 },
    quickPlan: { ...quick(100, 4, 250), rate: 2_000 },
  },
  {
    ...events,
    name: 'latency-10000',
    work: 'the same, 10,000 a second',
    times: percentiles,
    plan: { ...plan(200, 8, 500), rate: 10_000 },
    quickPlan: { ...quick(100, 4, 250), rate: 10_000 },
  },
]
