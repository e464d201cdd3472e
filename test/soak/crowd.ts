// Owns: all clients: of which kinds, what they do, how they go and come again.
// Elsewhere: one of them (visit.ts).
import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { eio3, eio4, v09 } from './dialects.js'
import { openHtmlfile } from './htmlfile-line.js'
import type { Exit, Place } from './line.js'
import { openEnginePolling, openJsonpPolling, openXhrPolling } from './polling-line.js'
import type { Tally } from './sequence.js'
import { Visit, type Kind } from './visit.js'
import { openEngineWebsocket, openWebsocket } from './websocket-line.js'

const kinds: readonly Kind[] = [
  { name: 'websocket', dialect: v09, open: openWebsocket },
  { name: 'htmlfile', dialect: v09, open: openHtmlfile },
  { name: 'xhr-polling', dialect: v09, open: openXhrPolling },
  { name: 'jsonp-polling', dialect: v09, open: openJsonpPolling },
  { name: 'EIO3 polling', dialect: eio3, open: (opening) => openEnginePolling(opening, 3) },
  { name: 'EIO3 websocket', dialect: eio3, open: (opening) => openEngineWebsocket(opening, 3) },
  { name: 'EIO3 upgrading', dialect: eio3, open: (opening) => openEnginePolling(opening, 3), upgrades: true },
  { name: 'EIO4 polling', dialect: eio4, open: (opening) => openEnginePolling(opening, 4) },
  { name: 'EIO4 websocket', dialect: eio4, open: (opening) => openEngineWebsocket(opening, 4) },
  { name: 'EIO4 upgrading', dialect: eio4, open: (opening) => openEnginePolling(opening, 4), upgrades: true },
]

const exits: readonly Exit[] = ['close', 'reset', 'silence']
/** How many members a room has, about. */
const roomSize = 8
const pingMs = 6_000
/** What the server tells them unasked, at most. */
const unaskedInASecond = 200

/** Numbers from 0 to 1, the same for the same seed. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export interface Pace {
  /** How many are there at a time, and how many of them come in a second at the beginning. */
  readonly sockets: number
  readonly arrivals: number
  /** About how long one thinks before it does something, and stays. */
  readonly thinkMs: number
  readonly stayMs: number
}

export class Crowd {
  readonly #place: Place
  readonly #tally: Tally
  readonly #pace: Pace
  readonly #random: () => number
  readonly #leaving = new AbortController()
  readonly #guests: Promise<void>[] = []
  #idle = 0
  #rest: Promise<void> | undefined
  /** How often somebody has come. */
  visits = 0

  constructor(place: Place, tally: Tally, pace: Pace, random: () => number) {
    this.#place = place
    this.#tally = tally
    this.#pace = pace
    this.#random = random
    setMaxListeners(0, this.#leaving.signal)
    for (let index = 0; index < pace.sockets; index++) {
      this.#guests.push(this.#keepComing(kinds[index % kinds.length] as Kind, (index / pace.arrivals) * 1_000))
    }
  }

  /** How many there are, at most. */
  get size(): number {
    return this.#pace.sockets
  }

  /** All leave, in good order; it is done when they have. */
  async leave(): Promise<void> {
    this.#leaving.abort()
    await Promise.all(this.#guests)
  }

  /**
   * Runs `look` while nobody does anything, and nothing of what was said is under way: what the server holds then is what
   * it keeps for those who are there.
   */
  async whileAtRest<Seen>(look: () => Promise<Seen>): Promise<Seen> {
    let wake = (): void => {}
    this.#rest = new Promise((resolve) => (wake = resolve))
    try {
      let delivered: number
      do {
        delivered = this.#tally.delivered
        await sleep(1_000)
      } while (this.#idle < this.#guests.length || this.#tally.delivered > delivered + unaskedInASecond)
      return await look()
    } finally {
      this.#rest = undefined
      wake()
    }
  }

  get #isLeaving(): boolean {
    return this.#leaving.signal.aborted
  }

  async #keepComing(kind: Kind, delayMs: number): Promise<void> {
    await this.#pause(delayMs)
    while (!this.#isLeaving) {
      this.visits++
      const visit = new Visit(kind, this.#tally)
      const pings = kind.dialect.ping === undefined ? undefined : setInterval(() => visit.ping(), pingMs)
      try {
        await visit.enter(this.#place)
        await this.#stay(visit, kind)
        await this.#go(visit)
      } catch (error) {
        // What has been counted as cut off already is counted once.
        if (!visit.isOver) visit.lost((error as Error).message)
      }
      clearInterval(pings)
      await this.#pause(this.#about(500))
    }
  }

  async #stay(visit: Visit, kind: Kind): Promise<void> {
    await visit.join(this.#room())
    const end = performance.now() + this.#about(this.#pace.stayMs)
    for (let turn = 0; performance.now() < end && !this.#isLeaving; turn++) {
      await this.#pause(this.#about(this.#pace.thinkMs))
      if (visit.isOver || this.#isLeaving) return
      if (turn === 1 && kind.upgrades === true) await visit.upgrade()
      const dice = this.#random()
      const room = this.#room()
      if (dice < 0.1 && !visit.rooms.includes(room)) await visit.join(room)
      else if (dice < 0.2 && visit.rooms.length > 1) await visit.leave(visit.rooms[0] as string)
      else if (dice < 0.3) visit.cutPoll()
      else await this.#chat(visit)
    }
  }

  // Some things are said in a burst, and not all of them fit into one packet of the network.
  async #chat(visit: Visit): Promise<void> {
    const count = this.#random() < 0.2 ? 5 : 1
    const text = 'é😀\u2028</script>x'.repeat(this.#random() < 0.02 ? 5_000 : 3)
    const room = visit.rooms[0] ?? this.#room()
    await Promise.all(Array.from({ length: count }, () => visit.say(room, text)))
  }

  async #go(visit: Visit): Promise<void> {
    const dice = this.#random()
    if (this.#isLeaving || dice < 0.4) await visit.depart()
    else if (dice < 0.55) {
      // With something still under way.
      void visit.say(this.#room(), 'bye').catch(() => {})
      await visit.disconnect()
    } else visit.exit(exits[Math.floor(this.#random() * exits.length)] as Exit)
  }

  #room(): string {
    const rooms = Math.max(1, Math.round(this.#pace.sockets / roomSize))
    return `room ${Math.floor(this.#random() * rooms)}`
  }

  #about(ms: number): number {
    return ms * (0.4 + 1.2 * this.#random())
  }

  async #pause(ms: number): Promise<void> {
    this.#idle++
    await this.#sleep(ms)
    if (this.#rest !== undefined) {
      await this.#rest
      // Not all at once.
      await this.#sleep(this.#about(this.#pace.thinkMs / 2))
    }
    this.#idle--
  }

  async #sleep(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#leaving.signal }).catch(() => {})
  }
}
