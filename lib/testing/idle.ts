// Owns: waiting until a server in memory is idle: no packet of its clients is still being worked
// on.
// Elsewhere: what a middleware says of itself (support/inside.ts).
import { insideOfSession, type Inside } from '../support/inside.js'
import { calmTurns, mostTurns, now, pause, turn } from './time.js'

/** A client that may have something on its way. */
export interface Busy {
  readonly carrier: { readonly sid: string; readonly isBusy: boolean } | undefined
  /** The middleware that it is connected to, once that is known. */
  inside: Inside | undefined
}

/** The connections of the server. */
export interface Lines {
  readonly isBusy: boolean
  readonly clients: Set<Busy>
}

export interface Waiting {
  readonly jobs: boolean
  readonly timeout: number
  /** Whether nobody waits any more. */
  readonly isOver?: () => boolean
}

/** Rejects, after `timeout`, with what is not done. */
export async function untilIdle(
  lines: Lines,
  client: Busy,
  { jobs, timeout, isOver = () => false }: Waiting,
): Promise<void> {
  const start = now()
  for (let turns = 0, calm = 0; calm < calmTurns && !isOver(); turns++) {
    const activity = activityOf(lines, client, jobs)
    calm = activity === undefined ? calm + 1 : 0
    if (activity !== undefined && now() - start > timeout) {
      throw new Error(`expected the server to be idle within ${timeout} ms, but ${activity}`)
    }
    await (turns < mostTurns ? turn() : pause(1))
  }
}

/**
 * Waits until the server holds a client's poll, or at most some turns: a client that is lost between two is
 * not missed.
 */
export async function untilHeld(client: Busy): Promise<void> {
  for (let turns = 0; turns < mostTurns; turns++) {
    const { carrier } = client
    if (carrier === undefined || (!carrier.isBusy && insideOfSession(carrier.sid)?.reach(carrier.sid) === 'ready'))
      return
    await turn()
  }
}

function activityOf(lines: Lines, client: Busy, jobs: boolean): string | undefined {
  if (lines.isBusy) return 'bytes are on their way'
  const insides = new Set<Inside>()
  for (const one of new Set([client, ...lines.clients])) {
    const { carrier } = one
    if (carrier !== undefined) one.inside ??= insideOfSession(carrier.sid)
    if (one.inside !== undefined) insides.add(one.inside)
    if (carrier === undefined) {
      if (one !== client) lines.clients.delete(one)
    } else if (carrier.isBusy) return 'a client is still sending'
    else if (one.inside?.reach(carrier.sid) === 'busy') return 'a client has not been sent all that it is owed'
  }
  for (const inside of insides) {
    const activity = inside.activity(jobs)
    if (activity !== undefined) return activity
  }
  return undefined
}
