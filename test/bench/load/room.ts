// Owns: a room whose members hear each other: one of them speaks, or all at once. The unit is a delivery.
import type { Client } from './client.js'
import type { Plan, Scenario } from './scenario.js'
import type { Target } from './target.js'

const room = 'lobby'

/** `speakers` says how many of the members speak at a time. */
export function speaking(speakers: 'one' | 'all'): Scenario {
  return {
    measures: 'cpu',
    async prepare(target: Target, plan: Plan): Promise<void> {
      const { wire, clients } = target
      await target.open(plan.clients)
      await target.join(clients, room)
      await target.verify(clients[0] as Client, wire.say(room), clients.at(-1) as Client, wire.said(room))
    },
    slice: (target, plan) => {
      const { clients } = target
      return deliveries(target, speakers === 'one' ? clients.slice(0, 1) : clients, plan.sliceMs)
    },
  }
}

/** Whoever speaks does so again when everybody has heard everybody, until the time is over. */
function deliveries({ wire, clients }: Target, speakers: readonly Client[], ms: number): Promise<number> {
  const packet = wire.say(room)
  const perRound = clients.length * speakers.length
  const end = performance.now() + ms
  let heard = 0
  let left = 0
  return new Promise((resolve, reject) => {
    const speak = (): void => {
      left = perRound
      for (const speaker of speakers) speaker.send(packet)
    }
    const onEvent = (): void => {
      if (left === 0) {
        reject(new Error('expected each message once, got one more'))
        return
      }
      if (--left > 0) return
      heard += perRound
      if (performance.now() < end) setImmediate(speak)
      else resolve(heard)
    }
    for (const client of clients) client.onEvent = onEvent
    speak()
  })
}
