// Owns: a room whose members hear each other: one of them speaks, or all at once. The unit is a delivery.
import type { Client } from './client.js'
import type { Plan, Scenario } from './scenario.js'
import type { Target } from './target.js'

const room = 'lobby'

/**
 * `speakers` says how many of the members speak at a time; the room has so many members, the first of the clients. How long it
 * takes until the last has heard it all is looked at as well.
 */
export function speaking(speakers: 'one' | 'all', mostMembers = Infinity): Scenario {
  return {
    measures: 'cpu',
    async prepare(target: Target, plan: Plan): Promise<void> {
      const { wire, clients } = target
      await target.open(plan.clients)
      const members = clients.slice(0, mostMembers)
      await target.join(members, room)
      await target.verify(members[0] as Client, wire.say(room), members.at(-1) as Client, wire.said(room))
    },
    slice: (target, plan) => {
      const members = target.clients.slice(0, mostMembers)
      return deliveries(target, members, speakers === 'one' ? members.slice(0, 1) : members, plan.sliceMs)
    },
  }
}

/** Whoever speaks does so again when everybody has heard everybody, until the time is over. */
function deliveries(
  { wire, times }: Target,
  members: readonly Client[],
  speakers: readonly Client[],
  ms: number,
): Promise<number> {
  const packet = wire.say(room)
  const perRound = members.length * speakers.length
  const end = performance.now() + ms
  let heard = 0
  let left = 0
  let begun = 0
  return new Promise((resolve, reject) => {
    const speak = (): void => {
      left = perRound
      begun = performance.now()
      for (const speaker of speakers) speaker.send(packet)
    }
    const onEvent = (): void => {
      if (left === 0) {
        reject(new Error('expected each message once, got one more'))
        return
      }
      if (--left > 0) return
      heard += perRound
      times.push(performance.now() - begun)
      if (performance.now() < end) setImmediate(speak)
      else resolve(heard)
    }
    for (const member of members) member.onEvent = onEvent
    speak()
  })
}
