// Owns: a server whose hooks behave as a story says, and what can be seen of it: journals, answers, who is listed, what is left.
// Elsewhere: the stories (plan.ts), what must come of them (model.ts).
import type { TestContext } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { BaseNamespace, ConnectError, RoomsMixin, type AdapterFactory } from '../../../lib/index.js'
import { watchedAdapter } from '../../faults/ledger.js'
import { FakeClock } from '../../support/clock.js'
import { openIn, type NamespacePeer } from '../../support/generations.js'
import { within } from '../../support/journal.js'
import { Reports } from '../../support/reports.js'
import { startServer, type TestServer } from '../../support/server.js'
import { endpoints, planOf, type Story } from './plan.js'

const closeTimeout = 60_000
/** Longer than all that a story waits. */
const farAway = 2_000_000_000

interface WaitingHook {
  goOn(): void
}

export class World {
  readonly peers: NamespacePeer[] = []
  readonly reports = new Reports()
  readonly #server: TestServer
  readonly #clock: FakeClock
  readonly #adapters: ReturnType<typeof watchedAdapter>['adapters']
  readonly #journals: Map<string, string[]>
  readonly #waiting: Map<string, WaitingHook>
  readonly #lines = new Map<string, string[]>()
  #timers = 0
  /** The rooms of those who are in '' from the start, and the numbers of those for whom it is a namespace as any. */
  readonly #ids: string[] = []
  readonly #others: number[] = []

  private constructor(
    server: TestServer,
    clock: FakeClock,
    adapters: ReturnType<typeof watchedAdapter>['adapters'],
    journals: Map<string, string[]>,
    waiting: Map<string, WaitingHook>,
  ) {
    this.#server = server
    this.#clock = clock
    this.#adapters = adapters
    this.#journals = journals
    this.#waiting = waiting
  }

  static async open(t: TestContext, story: Story): Promise<World> {
    const journals = new Map<string, string[]>()
    const waiting = new Map<string, WaitingHook>()
    const { adapters, adapter } = watchedAdapter()
    const clock = new FakeClock()
    const reports = new Reports()
    const server = await startServer(
      t,
      Object.fromEntries(endpoints.map((endpoint) => [endpoint, lifeClass(story, journals, waiting)])),
      {
        clock,
        adapter: adapter as AdapterFactory,
        errorHandler: reports.handler,
        closeTimeout,
        ackTimeout: farAway,
        heartbeatInterval: farAway,
        heartbeatTimeout: farAway + 1_000_000,
      },
    )
    const world = new World(server, clock, adapters, journals, waiting)
    Object.assign(world, { reports })
    world.#timers = clock.timers
    for (const [at, generation] of story.generations.entries()) {
      world.peers.push(await openIn(t, server, generation, `c=${at}`))
    }
    for (const { id, handshake } of await server.io.fetchSockets()) {
      const at = Number(handshake.query['c'])
      if (story.generations[at] === '4') world.#others.push(at)
      else world.#ids.push(id)
    }
    return world
  }

  /** What the hooks of one client's namespace have begun with. */
  journal(client: number, endpoint: string): readonly string[] {
    return this.#journals.get(`${client}${endpoint}`) ?? []
  }

  /** What that client was told of the namespace. */
  lines(client: number, endpoint: string): readonly string[] {
    return this.#lines.get(`${client}${endpoint}`) ?? []
  }

  /** The numbers of the clients that are listed. */
  async listed(endpoint: string): Promise<number[]> {
    const sockets = await this.#server.io.of(endpoint).fetchSockets()
    const numbers = sockets.map(({ handshake }) => Number(handshake.query['c']))
    return numbers.filter((at) => endpoint !== '' || !this.#others.includes(at)).toSorted(byNumber)
  }

  goOn(label: string): void {
    const hook = this.#waiting.get(label)
    if (hook === undefined)
      throw new Error(`expected ${label} to wait, waiting are ${[...this.#waiting.keys()].join()}`)
    this.#waiting.delete(label)
    hook.goOn()
  }

  kick(endpoint: string): void {
    this.#all(endpoint)?.disconnectSockets()
  }

  broadcast(endpoint: string, number: number): void {
    this.#all(endpoint)?.emit('news', number)
  }

  #all(endpoint: string) {
    const all = this.#server.io.of(endpoint)
    if (endpoint !== '') return all
    return this.#ids.length === 0 ? undefined : all.in(this.#ids)
  }

  /** What all who are in answer: their numbers. */
  async askAll(endpoint: string): Promise<number[]> {
    const answers = this.#all(endpoint)?.timeout(1_000_000).emitWithAck('all') ?? Promise.resolve([])
    answers.catch(() => {})
    await this.settle()
    for (const [at, peer] of this.peers.entries()) {
      const question = peer.questions.findLast((one) => one.endpoint === endpoint)
      if (peer.isOpen && question !== undefined) peer.answer([at], question)
    }
    await this.settle()
    return ((await within('the acks of all', answers, 2_000)) as number[]).toSorted(byNumber)
  }

  async lose(client: number): Promise<void> {
    const before = this.#server.io.stats().sockets
    this.peers[client]?.reset()
    for (let tries = 0; tries < 5_000 && this.#server.io.stats().sockets === before; tries++) await turn()
  }

  wait(): void {
    this.#clock.advance(closeTimeout)
  }

  /** Until the server has done all that it can do by itself. */
  async settle(): Promise<void> {
    for (let turns = 0; turns < 5; turns++) await turn()
    for (const [at, peer] of this.peers.entries()) {
      for (const line of peer.isOpen ? await peer.settled() : peer.lines.takeAll()) this.#note(at, line)
    }
    for (let turns = 0; turns < 5; turns++) await turn()
  }

  /** How many are counted in a namespace. */
  counted(endpoint: string): number {
    return this.#server.io.stats().namespaces[endpoint]?.sockets ?? 0
  }

  /** What is still there of clients that have all gone. */
  async remains(): Promise<Readonly<Record<string, number>>> {
    const listed = await Promise.all(['', ...endpoints].map((endpoint) => this.listed(endpoint)))
    const { sockets, namespaces, byTransport, backlog, paused, acksPending } = this.#server.io.stats()
    const inside = Object.values(namespaces).flatMap((count) => [count.sockets, count.rooms])
    const counts = [sockets, paused, acksPending, ...Object.values(backlog), ...Object.values(byTransport), ...inside]
    return {
      counted: counts.reduce((sum, count) => sum + Math.abs(count), 0),
      listed: listed.flat().length,
      rooms: [...this.#adapters].reduce((sum, { rooms }) => sum + rooms.size, 0),
      sids: [...this.#adapters].reduce((sum, { sids }) => sum + sids.size, 0),
      timers: this.#clock.timers - this.#timers,
    }
  }

  async close(): Promise<void> {
    const closed = this.#server.io.close()
    for (let stage = 0; stage < 4; stage++) {
      await turn()
      this.#clock.advance(closeTimeout)
    }
    await within('the close of a server', closed)
    this.#server.server.close()
    this.#server.server.closeAllConnections()
  }

  #note(client: number, line: string): void {
    const [, kind, endpoint, rest = ''] = /^(connected|refused|left|event) ((?:\/[ab])?)(?: (.*))?$/.exec(line) ?? []
    if (kind === undefined || (kind === 'event' && !rest.startsWith('news'))) return
    const key = `${client}${endpoint}`
    const lines = this.#lines.get(key) ?? []
    this.#lines.set(key, lines)
    lines.push(kind === 'event' ? rest : kind)
  }
}

function byNumber(one: number, other: number): number {
  return one - other
}

function lifeClass(story: Story, journals: Map<string, string[]>, waiting: Map<string, WaitingHook>) {
  const lives = new Map<string, number>()
  return class Life extends RoomsMixin(BaseNamespace) {
    readonly client = Number(this.environ.query['c'])
    readonly key = `${this.client}${this.nsName}`
    readonly life = (lives.get(this.key) ?? -1) + 1
    events = 0

    note(what: string): void {
      lives.set(this.key, this.life)
      const journal = journals.get(this.key) ?? []
      journals.set(this.key, journal)
      journal.push(`${this.life} ${what}`)
    }

    get plan() {
      return planOf(story, this.client, endpoints.indexOf(this.nsName as (typeof endpoints)[number]), this.life)
    }

    get isModelled(): boolean {
      return this.nsName !== '' || this.socket.protocol !== '4'
    }

    override initialize() {
      if (!this.isModelled) return undefined
      this.note('initialize')
      return this.perform('initialize', this.plan.initialize)
    }

    override recv_connect() {
      if (!this.isModelled) return undefined
      this.note('recv_connect')
      return this.perform('recv_connect', this.plan.recv_connect)
    }

    on_do(mode: string) {
      if (!this.isModelled) return undefined
      const what = `event ${this.events++}`
      this.note(what)
      return this.perform(what, mode)
    }

    override recv_disconnect(reason: string) {
      if (!this.isModelled) return undefined
      this.note(`recv_disconnect ${reason}`)
      return this.perform('recv_disconnect', this.plan.recv_disconnect)
    }

    override disconnect(silent?: boolean) {
      if (this.isModelled) this.note('disconnect')
      super.disconnect(silent)
    }

    perform(what: string, mode: string): unknown {
      switch (mode) {
        case 'now':
          return undefined
        case 'refuse':
          throw new ConnectError('no')
        case 'fail':
        case 'throw':
          throw new Error('on purpose')
        case 'never':
          return new Promise(() => {})
        case 'sleep':
          return this.sleep(farAway)
        case 'ask':
          return this.emitWithAck('own')
        case 'leave':
          this.disconnect()
          return undefined
        default:
          return new Promise<void>((resolve, reject) => {
            const failure = mode === 'refuse later' ? new ConnectError('no') : new Error('on purpose')
            waiting.set(`${this.key} ${this.life} ${what}`, {
              goOn: () => {
                if (mode === 'later') resolve()
                else reject(failure)
              },
            })
          })
      }
    }
  }
}
