// Owns: one client from its arrival to its end, and the books on what it was sent.
// Elsewhere: what it does and when it goes (crowd.ts), what carries it (line.ts).
import type { Args, Dialect } from './dialects.js'
import type { Exit, Line, LineOwner, Opening, Place } from './line.js'
import { Sequence, type Tally } from './sequence.js'

/** How long an answer may take. */
const patienceMs = 30_000

/** A kind of client: what it speaks, and what carries it. */
export interface Kind {
  readonly name: string
  readonly dialect: Dialect
  readonly open: (opening: Opening) => Promise<Line>
  readonly upgrades?: boolean
}

interface Waiting {
  readonly resolve: (args: Args) => void
  readonly reject: (error: Error) => void
}

export class Visit implements LineOwner {
  readonly #kind: Kind
  readonly #tally: Tally
  readonly #told: Sequence
  // A room's messages are counted from the answer to its join on; what came before that answer waits for it.
  readonly #rooms = new Map<string, Sequence | number[]>()
  readonly #acks = new Map<number, Waiting>()
  #connected: Waiting | undefined
  #line: Line | undefined
  #asked = 0
  #said = 0
  #isOver = false

  constructor(kind: Kind, tally: Tally) {
    this.#kind = kind
    this.#tally = tally
    this.#told = new Sequence(tally)
  }

  get rooms(): readonly string[] {
    return [...this.#rooms.keys()]
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** Connects, up to the namespace. */
  async enter(place: Place): Promise<void> {
    const { name, dialect, open } = this.#kind
    const [first = '', ...others] = dialect.connects
    const greeted = this.#answer((waiting) => (this.#connected = waiting))
    // Whoever does not get as far as that has failed otherwise.
    greeted.catch(() => {})
    const line = await within(`the opening of ${name}`, open({ place, dialect, owner: this }))
    this.#line = line
    if (first !== '') line.send(first)
    await greeted
    for (const connect of others) {
      const confirmed = this.#answer((waiting) => (this.#connected = waiting))
      line.send(connect)
      await confirmed
    }
  }

  async join(room: string): Promise<void> {
    const early: number[] = []
    this.#rooms.set(room, early)
    const [first] = (await this.#ask('join', room)) as [number]
    const sequence = new Sequence(this.#tally, first)
    this.#rooms.set(room, sequence)
    for (const number of early) if (number >= first) sequence.take(number)
  }

  async leave(room: string): Promise<void> {
    const [last] = (await this.#ask('leave', room)) as [number]
    ;(this.#rooms.get(room) as Sequence).close(last)
    this.#rooms.delete(room)
  }

  async say(room: string, text: string): Promise<void> {
    this.#tally.sent++
    const number = ++this.#said
    const [echo] = await this.#ask('say', number, room, text)
    if (echo !== number) this.#tally.garbled++
  }

  async upgrade(): Promise<void> {
    await within(`the upgrade of ${this.#kind.name}`, this.#line?.upgrade?.())
  }

  /** What its protocol has it say from time to time. */
  ping(): void {
    const { ping } = this.#kind.dialect
    if (ping !== undefined && !this.#isOver) this.#line?.send(ping)
  }

  cutPoll(): void {
    this.#line?.cutPoll?.()
  }

  /** Leaves when all that it was sent is accounted for. */
  async depart(): Promise<void> {
    for (const room of this.rooms) await this.leave(room)
    const [told, heard] = (await this.#ask('bye')) as [number, number]
    this.#told.close(told)
    if (heard !== this.#said) this.#tally.lost += Math.abs(this.#said - heard)
    await this.disconnect()
  }

  /** Says goodbye without waiting for anything. */
  async disconnect(): Promise<void> {
    this.#end()
    await within(`the end of ${this.#kind.name}`, this.#line?.bye(this.#kind.dialect.bye))
  }

  exit(how: Exit): void {
    this.#end()
    this.#line?.exit(how)
  }

  heard(text: string): void {
    if (this.#isOver) return
    const heard = this.#kind.dialect.read(text)
    switch (heard.kind) {
      case 'event':
        this.#take(heard.name, heard.args)
        break
      case 'ack':
        this.#answered(heard.id, heard.args)
        break
      case 'connected':
        this.#connected?.resolve([])
        break
      case 'ping':
        this.#line?.send(heard.pong)
        break
      case 'ended':
        this.lost(`the server has said ${text}`)
        break
      case 'nothing':
    }
  }

  lost(reason: string): void {
    if (this.#isOver) return
    this.#tally.cutOff(`${this.#kind.name}: ${reason}`)
    this.#end()
    this.#line?.exit('close')
  }

  #take(name: string, args: Args): void {
    if (name === 'told') {
      this.#told.take(args[0] as number)
      return
    }
    const [room, number] = args as [string, number]
    const sequence = this.#rooms.get(room)
    // Heard of a room that it is not in, or something that nobody says.
    if (name !== 'said' || sequence === undefined) this.#tally.garbled++
    else if (sequence instanceof Sequence) sequence.take(number)
    else sequence.push(number)
  }

  #answered(id: number, args: Args): void {
    const waiting = this.#acks.get(id)
    if (waiting === undefined) this.#tally.duplicated++
    else waiting.resolve(args)
    this.#acks.delete(id)
  }

  #ask(name: string, ...args: Args): Promise<Args> {
    const id = ++this.#asked
    const answer = this.#answer((waiting) => this.#acks.set(id, waiting))
    this.#line?.send(this.#kind.dialect.event(id, name, args))
    return answer
  }

  #answer(wait: (waiting: Waiting) => void): Promise<Args> {
    const answer = new Promise<Args>((resolve, reject) => {
      wait({ resolve, reject })
    })
    return within(`an answer to ${this.#kind.name}`, answer)
  }

  // Books are closed, and whoever waits for an answer waits no longer.
  #end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#told.close()
    for (const sequence of this.#rooms.values()) if (sequence instanceof Sequence) sequence.close()
    for (const { reject } of [...this.#acks.values(), ...(this.#connected ? [this.#connected] : [])]) {
      reject(new Error('the visit is over'))
    }
    this.#acks.clear()
  }
}

async function within<Value>(what: string, promise: Promise<Value> | undefined): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`${what} has not come within ${patienceMs} ms`))
    }, patienceMs)
  })
  try {
    return await Promise.race([promise as Promise<Value>, late])
  } finally {
    clearTimeout(timer)
  }
}
