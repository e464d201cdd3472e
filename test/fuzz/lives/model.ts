// Owns: one namespace of one client as the table of an instance's life has it, without a server: what its hooks see, in
// which order, what its client is told, and when it counts as being in.
// Elsewhere: what happens to it (plan.ts), all that one client has (client.ts), the same at a server (world.ts).
import type { EventMode, LifePlan, StepMode } from './plan.js'

export type Generation = '0.9' | '2' | '4'

/** A hook that waits to be told to go on, or that never ends by itself. */
interface Waiting {
  readonly label: string
  readonly mode: string
}

// On '' `connecting` is what the table calls waking.
type State = 'none' | 'idle' | 'connecting' | 'departing' | 'open' | 'leaving' | 'ending' | 'kept'

/** What a client may have been told: a line that ends in `?` need not have come. */
export class ModelInstance {
  readonly generation: Generation
  readonly endpoint: string
  readonly #name: string
  readonly #plan: (life: number) => LifePlan
  /** What hooks have begun with, in order; one that ends in `disconnect?` may be here or there, a reason may be any. */
  readonly journal: string[] = []
  readonly lines: string[] = []
  state: State = 'none'
  isRefused = false
  life = -1
  /** The next life, and what was sent to it. */
  waiting: EventMode[] | undefined
  #step: 'initialize' | 'recv_connect' | undefined
  #stuck: Waiting | undefined
  #queue: EventMode[] = []
  #running: Waiting | undefined
  /** Handlers that nobody waits for any more, but that wait themselves. */
  #loose: Waiting[] = []
  #events = 0
  #isAskedByConnect = false
  #held: string[] = []
  #reason = ''
  #isCleaned = false
  /** The client's connection was lost: nobody knows what it was told. */
  isLost = false
  /** It has ended while a handler ran. */
  runsOn = false
  /** Called when the server ends the whole socket, which stands and falls with ''. */
  whenSocketEnds: ((by: ModelInstance) => void) | undefined

  constructor(generation: Generation, name: string, endpoint: string, plan: (life: number) => LifePlan) {
    this.generation = generation
    this.#name = name
    this.endpoint = endpoint
    this.#plan = plan
    if (this.isGlobal) this.state = 'idle'
  }

  get isGlobal(): boolean {
    return this.endpoint === ''
  }

  get isListed(): boolean {
    return this.state === 'open' || (this.isGlobal && (this.state === 'idle' || this.state === 'connecting'))
  }

  /** Whether its client has left, and what it sent before is not done. */
  get isBusyLeaving(): boolean {
    return this.state === 'departing' || this.state === 'leaving'
  }

  /** The hooks that wait to be told to go on, by label. */
  get labels(): string[] {
    return [this.#stuck, this.#running, ...this.#loose]
      .filter((waiting) => waiting !== undefined && isLater(waiting.mode))
      .map((waiting) => (waiting as Waiting).label)
  }

  /** Whether an event that comes now means something that the table says. */
  get takesEvents(): boolean {
    if (this.state === 'none') return this.generation !== '4'
    return this.state !== 'departing' || this.waiting !== undefined
  }

  connect(): void {
    if (this.state === 'none' || this.state === 'kept') this.#open(true)
    else if (this.state === 'connecting') {
      // On 0.9 a packet may have asked first, and on '' it always has: the connect that follows is confirmed all the same.
      if (this.generation === '0.9' || this.isGlobal) this.#isAskedByConnect = true
    } else if (this.state === 'open' || this.state === 'idle') this.lines.push('connected')
    else this.waiting ??= []
  }

  event(mode: EventMode): void {
    switch (this.state) {
      case 'idle':
        this.#open(false, mode)
        break
      case 'none':
        if (this.generation !== '0.9') return
        this.#open(false, mode)
        break
      case 'connecting':
        this.#queue.push(mode)
        break
      case 'open':
        this.#queue.push(mode)
        this.#work()
        break
      case 'kept':
        break
      default:
        this.waiting?.push(mode)
    }
  }

  leave(): void {
    if (this.state === 'idle') this.state = 'kept'
    else if (this.state === 'connecting') this.#depart('departing')
    else if (this.state === 'open') {
      this.#depart('leaving')
      if (this.#running?.mode === 'ask') this.#running = undefined
      this.#work()
    } else this.waiting = undefined
  }

  kick(): void {
    if (this.waiting !== undefined) {
      this.waiting = undefined
      this.lines.push('left?', 'refused')
      if (this.state !== 'ending') this.#kickOut()
      return
    }
    if (this.state === 'connecting') {
      this.lines.push('refused')
      this.#end('server namespace disconnect')
    } else if (this.state === 'open') {
      this.lines.push('left')
      // A kick may call the application's own disconnect(), which cleans up, before or after recv_disconnect.
      this.journal.push(`${this.life} disconnect?`)
      this.#end('server namespace disconnect')
    } else if (this.state === 'departing' || this.state === 'leaving') {
      this.lines.push('left?', 'refused?')
      this.#kickOut()
    }
  }

  #kickOut(): void {
    if (this.state === 'leaving') this.journal.push(`${this.life} disconnect?`)
    this.#end('?')
  }

  lose(): void {
    this.isLost = true
    this.waiting = undefined
    if (this.state === 'idle') this.state = 'kept'
    else if (this.state === 'connecting' || this.state === 'open') this.#end('transport close')
  }

  /** The server ends the whole socket. */
  socketEnds(by: ModelInstance): void {
    this.waiting = undefined
    const isTold = this.state === 'idle' || this.state === 'connecting' || this.state === 'open'
    // Whose end it is has been told already; on 0.9 the end of '' is all that is told.
    if (isTold && by !== this && this.generation === '2') this.lines.push('left')
    if (this.state === 'idle') this.state = 'kept'
    else if (isTold || this.isBusyLeaving) this.#end('server namespace disconnect')
  }

  broadcast(line: string): void {
    const isNow = this.state === 'open' || this.state === 'leaving' || (this.isGlobal && this.isListed)
    if (isNow) this.lines.push(line)
    else if (this.state === 'connecting') this.#held.push(line)
  }

  /** closeTimeout has passed, and all that was waited for until then is over. */
  wait(): void {
    if (this.isBusyLeaving) {
      this.#loosen()
      this.#end('client namespace disconnect')
    } else if (this.state === 'ending' && this.#stuck !== undefined) {
      this.#loosen()
      this.#finishStep('over')
    }
  }

  /** One that waited goes on. */
  goOn(label: string): void {
    this.#loose = this.#loose.filter((waiting) => waiting.label !== label)
    if (this.#running?.label === label) {
      this.#running = undefined
      this.#work()
    } else if (this.#stuck?.label === label) {
      const { mode } = this.#stuck
      this.#stuck = undefined
      this.#finishStep(mode)
    }
  }

  #label(what: string): string {
    return `${this.#name}${this.endpoint} ${this.life} ${what}`
  }

  #open(isConnect: boolean, ...events: readonly EventMode[]): void {
    this.life++
    this.state = 'connecting'
    this.isRefused = false
    this.#isAskedByConnect = isConnect
    this.#isCleaned = false
    this.runsOn = false
    this.#held = []
    this.#queue = [...events]
    this.#events = 0
    this.#begin('initialize')
  }

  #begin(step: 'initialize' | 'recv_connect'): void {
    this.#step = step
    this.journal.push(`${this.life} ${step}`)
    const mode: StepMode = this.#plan(this.life)[step]
    if (mode === 'now' || mode === 'refuse' || mode === 'fail') this.#finishStep(mode)
    else this.#stuck = { label: this.#label(step), mode }
  }

  #finishStep(mode: string): void {
    if (this.state === 'ending') {
      if (this.#step === undefined) this.#ended()
      else this.#endStepOver()
      return
    }
    if (mode.startsWith('refuse') || mode.startsWith('fail')) this.#refuse()
    else if (this.#step === 'initialize' && !this.isGlobal) this.#begin('recv_connect')
    else this.#accept()
  }

  #refuse(): void {
    const isTold = this.state === 'connecting'
    if (isTold) this.lines.push(this.isGlobal ? 'left' : 'refused')
    this.isRefused = true
    this.#step = undefined
    this.#queue = []
    this.journal.push(`${this.life} disconnect`)
    this.#ended()
    if (isTold) this.whenSocketEnds?.(this)
  }

  #accept(): void {
    this.#step = undefined
    if (this.state === 'departing') this.state = 'leaving'
    else {
      this.state = 'open'
      if (this.#isAskedByConnect) this.lines.push('connected')
      this.lines.push(...this.#held)
      this.#held = []
    }
    this.#work()
  }

  #depart(state: 'departing' | 'leaving'): void {
    this.state = state
    this.#held = []
  }

  /** Works on what waits, one at a time; behind all that a goodbye has its turn. */
  #work(): void {
    while ((this.state === 'open' || this.state === 'leaving') && this.#running === undefined) {
      const mode = this.#queue.shift()
      if (mode === undefined) break
      const what = `event ${this.#events++}`
      this.journal.push(`${this.life} ${what}`)
      if (mode === 'leave') {
        this.journal.push(`${this.life} disconnect`)
        this.lines.push(this.state === 'leaving' ? 'left?' : 'left')
        this.#end(this.state === 'leaving' ? '?' : 'server namespace disconnect', true)
        this.whenSocketEnds?.(this)
      } else if (mode !== 'now' && mode !== 'throw' && !(mode === 'ask' && this.state === 'leaving')) {
        this.#running = { label: this.#label(what), mode }
      }
    }
    if (this.state === 'leaving' && this.#running === undefined && this.#queue.length === 0) {
      this.#end('client namespace disconnect')
    }
  }

  #end(reason: string, isCleaned = false): void {
    this.state = 'ending'
    this.#reason = reason
    this.#isCleaned = isCleaned
    this.#queue = []
    this.#held = []
    this.runsOn = this.#running !== undefined
    if (this.#running !== undefined && isLater(this.#running.mode)) this.#loose.push(this.#running)
    this.#running = undefined
    // What sleeps is woken by the end.
    if (this.#stuck?.mode === 'sleep') this.#stuck = undefined
    if (this.#stuck === undefined) this.#endStepOver()
  }

  #endStepOver(): void {
    const wasTold = this.#step !== 'initialize' || this.isGlobal
    this.#step = undefined
    if (!wasTold) {
      this.#clean()
      return
    }
    this.journal.push(`${this.life} recv_disconnect ${this.#reason}`)
    const { recv_disconnect: mode } = this.#plan(this.life)
    if (mode === 'later' || mode === 'reject later' || mode === 'never') {
      this.#stuck = { label: this.#label('recv_disconnect'), mode }
    } else this.#clean()
  }

  #clean(): void {
    if (!this.#isCleaned) {
      const isEither = this.journal.includes(`${this.life} disconnect?`)
      this.journal.push(`${this.life} disconnect${isEither ? '?' : ''}`)
    }
    this.#isCleaned = true
    this.#ended()
  }

  #loosen(): void {
    if (this.#stuck !== undefined && isLater(this.#stuck.mode)) this.#loose.push(this.#stuck)
    this.#stuck = undefined
  }

  #ended(): void {
    if (this.state === 'ending' && !this.#isCleaned) {
      this.#clean()
      return
    }
    this.state = 'kept'
    const events = this.waiting
    this.waiting = undefined
    if (events !== undefined && !this.isLost) this.#open(true, ...events)
  }
}

export function isLater(mode: string): boolean {
  return mode.endsWith('later')
}
