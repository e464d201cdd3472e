// Owns: what is needed of a session middleware, whichever it is.
// Elsewhere: the two that are known (express-session.ts, koa-session.ts), what is done with it
// (kept-session.ts).

/** The values of a session by their names. */
export type Values = Record<string, unknown>

/** The session that a request has now. */
export interface LiveSession {
  readonly id: string
  /** The object that handlers see. */
  readonly values: Values
}

/**
 * How a session stands to its store. `private`: nobody but this client has it, as neither the store nor a
 * cookie has: a request without any cookie began it; `unsure`: it may be there, and the store is asked.
 */
export type Standing = 'stored' | 'unsure' | 'private'

export interface SessionSource {
  /** Undefined where the request has no session any more. */
  readonly live: LiveSession | undefined
  /** Whether what has that name in a session is stored. */
  isStored(name: string): boolean
  standingOf(id: string): Standing
  /** Reads it. Undefined where the store has none. @throws for an answer that is not a session. */
  load(id: string): Promise<Values | undefined>
  /** Takes over what belongs to a session that was read, beside its values: when it expires. */
  takeOver(loaded: Values): void
  /** Stores it, and moves on when it expires. */
  save(live: LiveSession): Promise<unknown>
  /** Moves on when it expires, where that is to be done. */
  touch(live: LiveSession): Promise<unknown> | undefined
  /** Whether `touch` would store the session whole: it is read right before then, as before every write. */
  touchStores?(live: LiveSession): boolean
  /** Does what reads and writes it apart from other clients of this process with the same session. */
  inOrder<Result>(id: string, work: () => Promise<Result>): Promise<Result>
  /** A handler has removed the session from its request. */
  removed(id: string): Promise<unknown> | undefined
}

/**
 * The names of what is stored of a session. A store may hold any JSON: one name would change what a session
 * is.
 */
export function namesIn(source: SessionSource, values: Values): string[] {
  return Object.keys(values).filter((name) => name !== '__proto__' && source.isStored(name))
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

export function isRecord(value: unknown): value is Values {
  return isObject(value) && !Array.isArray(value)
}
