// Owns: events and their acks at a rate that is given, whatever the server does meanwhile: how long each ack takes.
import type { Client } from './client.js'
import type { Plan, Scenario } from './scenario.js'
import { sleep, type Target } from './target.js'

/** How many events of one client may wait for their acks: more would mean that the server does not keep up. */
const mostWaiting = 64

/** One client after the other sends an event, many a second. */
export const atRate: Scenario = {
  measures: 'cpu',
  async prepare(target: Target, plan: Plan): Promise<void> {
    const { wire, clients } = target
    await target.open(plan.clients)
    const [first] = clients as [Client]
    await target.verify(first, wire.echo(1), first, wire.echoed(1))
  },
  slice: (target, plan) => events(target, plan.rate as number, plan.sliceMs),
}

function events({ wire, clients, times }: Target, rate: number, ms: number): Promise<number> {
  const packets = Array.from({ length: mostWaiting }, (_, index) => wire.echo(index + 1))
  const begun = new Float64Array(clients.length * mostWaiting)
  const counts = new Uint32Array(clients.length)
  let sent = 0
  let acks = 0
  return new Promise((resolve, reject) => {
    let isOver = false
    clients.forEach((client, index) => {
      client.onAck = (id) => {
        const at = index * mostWaiting + id - 1
        times.push(performance.now() - (begun[at] as number))
        begun[at] = 0
        if (++acks === sent && isOver) resolve(acks)
      }
    })
    const send = (): void => {
      const index = sent++ % clients.length
      const turn = (counts[index] as number)++ % mostWaiting
      const at = index * mostWaiting + turn
      if (begun[at] !== 0) reject(new Error(`expected an ack of each event in time, at ${rate} a second`))
      begun[at] = performance.now()
      clients[index]?.send(packets[turn] as string)
    }
    void go()
    async function go(): Promise<void> {
      const start = performance.now()
      for (let now = start; now - start < ms; now = performance.now()) {
        // Those that are due by now: what a timer is late does not make them fewer.
        const due = ((now - start) * rate) / 1000 - sent
        for (let count = 0; count < due; count++) send()
        await sleep(1)
      }
      isOver = true
      if (acks === sent) resolve(acks)
    }
  })
}
