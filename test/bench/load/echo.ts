// Owns: events and their acks, a number of them in flight on each connection.
import type { Client } from './client.js'
import type { Plan, Scenario } from './scenario.js'
import { sleep, type Target } from './target.js'

/** Each client has `depth` events in flight, sent at once; the next follow when all are acknowledged. */
export function echo(depth: number): Scenario {
  return {
    measures: 'cpu',
    async prepare(target: Target, plan: Plan): Promise<void> {
      const { wire, clients } = target
      await target.open(plan.clients)
      const [first] = clients as [Client]
      await target.verify(first, wire.echo(1), first, wire.echoed(1))
    },
    slice: (target, plan) => echoes(target, depth, plan.sliceMs),
  }
}

async function echoes({ wire, clients }: Target, depth: number, ms: number): Promise<number> {
  const burst = burstOf(wire, depth)
  let isOver = false
  let acks = 0
  let busy = clients.length
  let quiet = (): void => {}
  const finished = new Promise<void>((resolve) => {
    quiet = resolve
  })
  for (const client of clients) {
    let left = depth
    client.onAck = () => {
      acks++
      if (--left > 0) return
      left = depth
      if (!isOver) client.sendAll(burst)
      else if (--busy === 0) quiet()
    }
    client.sendAll(burst)
  }
  await sleep(ms)
  isOver = true
  await finished
  return acks
}

type Echoing = Pick<Target['wire'], 'echo'>
const bursts = new Map<Echoing, Map<number, readonly string[]>>()

/** The same array each time, so that its frames are made once. */
function burstOf(wire: Echoing, depth: number): readonly string[] {
  let made = bursts.get(wire)
  if (made === undefined) bursts.set(wire, (made = new Map()))
  let burst = made.get(depth)
  if (burst === undefined) made.set(depth, (burst = Array.from({ length: depth }, (_, index) => wire.echo(index + 1))))
  return burst
}
