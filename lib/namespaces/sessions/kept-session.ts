// Owns: one client's session beside its store: when it is read, what of it was changed here, and how that is
// written.
// Elsewhere: whose turn it is to change it (client-session.ts), the store behind it (session-source.ts).
import { UsageError } from '../../support/errors.js'
import type { Clock } from '../../support/timers.js'
import { namesIn, type LiveSession, type SessionSource, type Standing, type Values } from './session-source.js'

/** What is known of a session now. `gone`: destroyed elsewhere; `removed`: by a handler of this client. */
export type Fate = 'kept' | 'gone' | 'removed'

/**
 * The object that handlers see stays the same: what others have changed is put into it, value by value. What
 * was changed here since the store was last read or written is known by its JSON, as express-session has it,
 * and written onto a copy that is read right before. Between that read and the write a request may write as
 * well: stores have no transactions.
 */
export class KeptSession {
  readonly #source: SessionSource
  readonly #clock: Clock
  #id: string | undefined
  /** Its values as they are in the store, as JSON. */
  #base: ReadonlyMap<string, string> = new Map()
  #standing: Standing | undefined
  #loadedAt = -Infinity
  #touchedAt: number
  // Calls of the store come one after the other.
  #last: Promise<unknown> | undefined

  constructor(source: SessionSource, clock: Clock) {
    this.#source = source
    this.#clock = clock
    // The request itself has just done it.
    this.#touchedAt = clock.now()
    const live = source.live
    this.#id = live?.id
    if (live !== undefined) this.#base = this.#read(live.values, true)
  }

  /** Whether it need not be read before it is used. */
  isFresh(freshForMs: number): boolean {
    const live = this.#current()
    return live !== undefined && (this.#isPrivate(live) || this.#clock.now() - this.#loadedAt < freshForMs)
  }

  /** Whether there is nothing to do after it was used. */
  isSettled(freshForMs: number): boolean {
    const live = this.#current()
    return live !== undefined && !this.#isChanged(live) && !this.#isToTouch(freshForMs)
  }

  /** Reads it, if need be. */
  refresh(freshForMs: number): Promise<Fate> {
    return this.#inOrder(async () => {
      const live = this.#current()
      if (live === undefined) return 'removed'
      return this.isFresh(freshForMs) ? 'kept' : this.#load(live)
    })
  }

  /** Writes what was changed; where nothing was, only moves on when it expires, once in so long. */
  settle(freshForMs: number): Promise<Fate> {
    return this.#inOrder(async () => {
      const id = this.#id
      const live = this.#current()
      if (live === undefined) {
        this.#id = undefined
        if (id !== undefined) await this.#source.removed(id)
        return 'removed'
      }
      if (this.#isChanged(live)) return this.#source.inOrder(live.id, () => this.#write(live))
      return this.#isToTouch(freshForMs) ? this.#source.inOrder(live.id, () => this.#touch(live)) : 'kept'
    })
  }

  /** Writes what was changed. */
  save(): Promise<Fate> {
    return this.settle(Infinity)
  }

  /** Looks whether it is still there. */
  look(): Promise<Fate> {
    return this.#inOrder(async () => {
      const live = this.#current()
      if (live === undefined || this.#isPrivate(live)) return 'kept'
      if ((await this.#source.load(live.id)) === undefined) return this.#standing === 'stored' ? 'gone' : 'kept'
      this.#standing = 'stored'
      return 'kept'
    })
  }

  /** Undoes what could not be written: its client has received the error. False where it cannot be undone. */
  restore(): boolean {
    this.#loadedAt = -Infinity
    const live = this.#current()
    if (live === undefined) return true
    const now = this.#read(live.values, true)
    for (const name of new Set([...namesIn(this.#source, live.values), ...this.#base.keys()])) {
      const before = this.#base.get(name)
      if (before === undefined) Reflect.deleteProperty(live.values, name)
      else if (now.get(name) !== before) Reflect.set(live.values, name, JSON.parse(before))
    }
    return !this.#isChanged(live)
  }

  async #load(live: LiveSession): Promise<Fate> {
    if (this.#isPrivate(live)) return 'kept'
    const at = this.#clock.now()
    const loaded = await this.#source.load(live.id)
    // A handler may have made another session meanwhile.
    if (this.#current()?.id !== live.id) return 'kept'
    if (loaded === undefined && this.#standing === 'stored') return 'gone'
    this.#loadedAt = at
    if (loaded === undefined) return 'kept'
    this.#standing = 'stored'
    this.#merge(live.values, loaded)
    return 'kept'
  }

  async #write(live: LiveSession): Promise<Fate> {
    // Values that are not JSON fail before the store is called.
    this.#read(live.values, false)
    if ((await this.#load(live)) === 'gone') return 'gone'
    const current = this.#current()
    if (current === undefined) return 'removed'
    const at = this.#clock.now()
    const written = this.#read(current.values, false)
    // It may come to be there, whatever the store answers.
    if (this.#isPrivate(current)) this.#standing = 'unsure'
    await this.#source.save(current)
    this.#base = written
    this.#standing = 'stored'
    this.#loadedAt = this.#touchedAt = at
    return 'kept'
  }

  async #touch(live: LiveSession): Promise<Fate> {
    this.#touchedAt = this.#clock.now()
    if (this.#source.touchStores?.(live) === true && (await this.#load(live)) === 'gone') return 'gone'
    const current = this.#current()
    if (current === undefined) return 'removed'
    if (current.id === live.id) await this.#source.touch(current)
    return 'kept'
  }

  /** Puts what others have changed into the object that handlers see; what was changed here stays. */
  #merge(live: Values, loaded: Values): void {
    const now = this.#read(live, true)
    const base = this.#read(loaded, true)
    for (const name of new Set([...this.#base.keys(), ...base.keys()])) {
      const isChangedHere = now.get(name) !== this.#base.get(name) || (name in live && !now.has(name))
      if (isChangedHere || base.get(name) === this.#base.get(name)) continue
      if (base.has(name)) live[name] = loaded[name]
      else Reflect.deleteProperty(live, name)
    }
    this.#base = base
    this.#source.takeOver(loaded)
  }

  /** The session of the request; another id is another session, which no store has. */
  #current(): LiveSession | undefined {
    const { live } = this.#source
    if (live !== undefined && live.id !== this.#id) {
      this.#id = live.id
      this.#base = new Map()
      this.#standing = 'private'
      this.#loadedAt = -Infinity
    }
    return live
  }

  #isPrivate({ id }: LiveSession): boolean {
    return (this.#standing ??= this.#source.standingOf(id)) === 'private'
  }

  #isChanged({ values }: LiveSession): boolean {
    // What others change could not be put into it any more.
    if (!Object.isExtensible(values)) return true
    const names = namesIn(this.#source, values)
    let same = 0
    for (const name of names) {
      const json = jsonOf(values, name)
      if (json === notJson || json !== this.#base.get(name)) return true
      if (json !== undefined) same++
    }
    return same !== this.#base.size
  }

  #isToTouch(freshForMs: number): boolean {
    return this.#standing === 'stored' && this.#clock.now() - this.#touchedAt >= freshForMs
  }

  /** @throws UsageError SIO_USAGE_SESSION for a value that is not JSON, unless those are left out. */
  #read(values: Values, leavesOut: boolean): Map<string, string> {
    if (!leavesOut && !Object.isExtensible(values)) {
      throw new UsageError('SIO_USAGE_SESSION', 'expected the session to be changed, not to be frozen')
    }
    const read = new Map<string, string>()
    for (const name of namesIn(this.#source, values)) {
      const json = jsonOf(values, name)
      if (json === notJson && !leavesOut) {
        throw new UsageError('SIO_USAGE_SESSION', `expected ${name} of the session to be JSON, got a value that is not`)
      }
      if (typeof json === 'string') read.set(name, json)
    }
    return read
  }

  #inOrder(work: () => Promise<Fate>): Promise<Fate> {
    const done = this.#last === undefined ? work() : this.#last.then(work)
    // The caller gets its failure.
    const settled = done.then(
      () => {},
      () => {},
    )
    this.#last = settled
    return done
  }
}

const notJson = Symbol('not JSON')

// A getter may throw as well.
function jsonOf(values: Values, name: string): string | undefined | typeof notJson {
  try {
    return JSON.stringify(values[name])
  } catch {
    return notJson
  }
}
