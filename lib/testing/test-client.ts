// Owns: one client in one namespace: what tests do with it, and what becomes of what the server says.
// Elsewhere: its events (mailbox.ts), its connection (carriers.ts), its wire (speech.ts), when the server is
// idle (idle.ts).
import { ConnectError } from '../index.js'
import type { Inside } from '../support/inside.js'
import type { Carrier, CarrierOwner } from './carriers.js'
import { untilHeld, type Busy, type Waiting } from './idle.js'
import { Mailbox } from './mailbox.js'
import { Answers, PendingAcks } from './pending-acks.js'
import { attempt, describeCall } from './report.js'
import type { Frame, Speech, Told } from './speech.js'
import { deferred, pause, within } from './time.js'
import type { IdleOptions, TestClient, TestProtocol } from './types.js'

export interface ClientSettings {
  readonly endpoint: string
  readonly protocol: TestProtocol
  readonly transport: 'websocket' | 'polling' | 'none'
  readonly auth: unknown
  /** How long its promises wait, in milliseconds. */
  readonly timeout: number
  /** Waits until the server is idle. */
  readonly idle: (client: Busy, waiting: Waiting) => Promise<void>
}

// Most connects are answered before: the server is not asked whether it is idle then.
const answerMs = 25
const kicked = 'server namespace disconnect'

export class Client implements TestClient, CarrierOwner, Busy {
  readonly endpoint: string
  readonly protocol: TestProtocol
  readonly transport: 'websocket' | 'polling' | 'none'
  inside: Inside | undefined
  readonly #settings: ClientSettings
  readonly #speech: Speech
  readonly #mailbox = new Mailbox()
  readonly #acks = new PendingAcks()
  readonly #answers = new Answers()
  readonly #entered = deferred<void>()
  readonly #ended = deferred<string>()
  readonly #disconnected = deferred<void>()
  #carrier: Carrier | undefined
  // Why it is in its namespace no more.
  #reason: string | undefined
  // Whether its connection is over as well.
  #isOver = false
  #isIn = false

  constructor(settings: ClientSettings, speech: Speech) {
    this.endpoint = settings.endpoint
    this.protocol = settings.protocol
    this.transport = settings.transport
    this.#settings = settings
    this.#speech = speech
    // Not on every Node that the types speak of.
    const dispose: unknown = Reflect.get(Symbol, 'asyncDispose')
    if (typeof dispose === 'symbol') Object.defineProperty(this, dispose, { value: () => this.leave() })
  }

  declare readonly [Symbol.asyncDispose]: () => Promise<void>

  get received(): readonly (readonly [string, ...unknown[]])[] {
    return this.#mailbox.received
  }

  get connected(): boolean {
    return this.#isIn && this.#reason === undefined
  }

  /** Its connection, while it has one. */
  get carrier(): Carrier | undefined {
    return this.#isOver ? undefined : this.#carrier
  }

  /**
   * Connects to its namespace, over an open connection. Rejects with a ConnectError where that is refused.
   */
  async enter(carrier: Carrier): Promise<void> {
    this.#carrier = carrier
    const { endpoint } = this
    // A client of 0.9 is in the global namespace from the moment on which it opens.
    if (this.protocol === '4' || endpoint !== '') carrier.send(this.#speech.connect(endpoint, this.#settings.auth))
    let isAnswered = false
    const isOver = (): boolean => isAnswered
    const idle = pause(answerMs)
      .then(() => this.#settings.idle(this, { jobs: false, timeout: Infinity, isOver }))
      .then(() => {
        this.#entered.reject(this.#mailbox.failure(`expected an answer to the connect to "${endpoint}", got none`))
      })
    try {
      await Promise.race([this.#entered.promise, idle.then(() => this.#entered.promise)])
    } finally {
      isAnswered = true
    }
  }

  // What the carrier tells.

  told(frame: Frame): void {
    const told = attempt(() => this.#speech.read(frame))
    if (told === undefined) return
    if (told.kind === 'ack') this.#acks.answered(told.id, told.args)
    else if (told.endpoint === this.endpoint) this.#hear(told)
    // What concerns a client of 0.9 as a whole.
    else if (told.endpoint === '' && told.kind === 'left' && this.protocol === '0.9') this.#end(kicked)
    else if (told.endpoint === '' && told.kind === 'refused') this.#refuse(told)
  }

  #hear(told: Exclude<Told, { kind: 'ack' }>): void {
    switch (told.kind) {
      case 'connected':
        this.#isIn = true
        this.#entered.resolve()
        break
      case 'refused':
        this.#refuse(told)
        break
      case 'left':
        this.#end(kicked)
        break
      case 'event':
        this.#receive(told)
    }
  }

  #refuse({ message, data }: Extract<Told, { kind: 'refused' }>): void {
    this.#entered.reject(new ConnectError(message, data))
    if (this.#isIn) this.#end(message)
  }

  #receive({ name, args, id }: Extract<Told, { kind: 'event' }>): void {
    // How 0.9 learns that there is no such namespace.
    if (!this.#isIn && name === 'error' && args[0] === 'no_such_namespace') {
      this.#entered.reject(new ConnectError(String(args[1]), args[0]))
    }
    this.#mailbox.add(name, args)
    if (id !== undefined) this.#answer(name, args, id)
  }

  #answer(name: string, args: readonly unknown[], id: string): void {
    const reply = (value: unknown): void => {
      this.carrier?.send(this.#speech.ack(this.endpoint, id, value === undefined ? [] : [value]))
    }
    const isAnswered = this.#answers.answer(name, args, reply)
    // Its library says by itself that a text has come.
    if (!isAnswered && name === 'message' && this.protocol === '0.9') reply(undefined)
  }

  over(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#end('transport close')
    this.#disconnected.resolve()
  }

  #end(reason: string): void {
    if (this.#reason !== undefined) return
    this.#reason = reason
    this.#ended.resolve(reason)
    const why = `the connection has ended: ${reason}`
    this.#entered.reject(this.#mailbox.failure(`expected to be connected to "${this.endpoint}", but ${why}`))
    this.#mailbox.end(why)
    this.#acks.end(this.#mailbox.failure(`expected an ack, but ${why}`))
  }

  // What tests do.

  emit(event: string, ...args: unknown[]): void {
    this.#say(this.#speech.event(this.endpoint, event, args))
  }

  send(data: unknown): void {
    this.#say(this.#speech.message(this.endpoint, data))
  }

  #say(frames: readonly Frame[]): void {
    if (this.#reason !== undefined) {
      throw this.#mailbox.failure(`expected to be connected, but the connection has ended: ${this.#reason}`)
    }
    this.#carrier?.send(frames)
  }

  // oxlint-disable-next-line typescript/no-explicit-any
  async ask(event: string, ...args: unknown[]): Promise<any> {
    const { timeout } = this.#settings
    const late = (): Error =>
      this.#mailbox.failure(`expected an ack of ${describeCall(event, args)} within ${timeout} ms, got none`)
    return this.#acks.ask((id) => this.#say(this.#speech.event(this.endpoint, event, args, id)), timeout, late)
  }

  // oxlint-disable-next-line typescript/no-explicit-any
  async next(event: string): Promise<any> {
    const earlier = this.#mailbox.take(event)
    if (earlier !== undefined) return earlier
    if (this.#reason === undefined) return this.#mailbox.wait(event, this.#settings.timeout)
    throw this.#mailbox.failure(`expected the event '${event}', but the connection has ended: ${this.#reason}`)
  }

  answer(event: string, answer: (...args: never[]) => unknown): void {
    this.#answers.set(event, answer)
  }

  async quiet(event?: string | IdleOptions, options: IdleOptions = {}): Promise<void> {
    const wanted = typeof event === 'string' ? event : undefined
    await this.idle(typeof event === 'object' ? event : options)
    const left = this.#mailbox.firstLeft(wanted)
    if (left === undefined) return
    const expected = wanted === undefined ? 'no event' : `no event '${wanted}'`
    throw this.#mailbox.failure(`expected ${expected}, got ${describeCall(left.name, left.args)}`)
  }

  idle({ jobs = false, timeout = this.#settings.timeout }: IdleOptions = {}): Promise<void> {
    return this.#settings.idle(this, { jobs, timeout })
  }

  ended(): Promise<string> {
    const { timeout } = this.#settings
    return within(timeout, this.#ended.promise, () =>
      this.#mailbox.failure(`expected the end of the connection within ${timeout} ms`),
    )
  }

  async leave(): Promise<void> {
    const { carrier } = this
    if (this.protocol === '0.9') carrier?.send(this.#speech.leave(''))
    else if (this.#reason === undefined) carrier?.send(this.#speech.leave(this.endpoint))
    this.#end('client namespace disconnect')
    carrier?.end()
    await this.#gone((late) => late.abandon())
  }

  async lose(): Promise<void> {
    await untilHeld(this)
    this.#end('transport close')
    this.#carrier?.cut()
    await this.#gone((late) => {
      late.cut()
    })
  }

  // Its connection must be over in time. The server's hooks may take longer: they get as long, and no more.
  async #gone(end: (late: Carrier) => Promise<void> | void): Promise<void> {
    const { timeout, idle } = this.#settings
    const late = (): Error => new Error('the connection does not end')
    await within(timeout, this.#disconnected.promise, late).catch(() => this.#carrier && end(this.#carrier))
    await idle(this, { jobs: false, timeout }).catch(() => {})
  }
}
