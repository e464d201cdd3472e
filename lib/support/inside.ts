// Owns: what the test kit may ask of a middleware beside its public API, and how it finds it.
// Elsewhere: what answers (server/inside.ts), who asks (testing/).

/** What a client without a request begins with. */
export interface DirectRequest {
  readonly protocol: '0.9' | '4'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
  readonly address: string
  readonly request: unknown
  readonly ctx: unknown
  readonly session: object
}

/** The server's end of such a client. */
export interface DirectClient {
  readonly sid: string
  /** The client has sent a packet, or a part of one. */
  receive(part: string | Buffer): void
  /** Ends the connection when what was sent before has arrived. */
  close(): void
  namespace(endpoint: string): object | undefined
}

/** One middleware, as the test kit sees it. */
export interface Inside {
  /** What `socketioMiddleware()` returned. */
  readonly io: object
  /** Whether that session is one of its own, and could be sent something at once. */
  reach(sid: string): 'unknown' | 'ready' | 'busy'
  /** What is not done yet of what its clients have sent, or undefined. */
  activity(withJobs: boolean): string | undefined
  /** Opens a client without a request; `peer` reads what it is sent. */
  openClient(asked: DirectRequest, peer: { told(part: string | Buffer): void; over(): void }): DirectClient
}

// Weakly: a middleware that nobody uses any more must not stay for it.
const insides = new Set<WeakRef<Inside>>()

export function expose(inside: Inside): void {
  for (const reference of insides) if (reference.deref() === undefined) insides.delete(reference)
  insides.add(new WeakRef(inside))
}

/** The middleware which knows that session. */
export function insideOfSession(sid: string): Inside | undefined {
  return find((inside) => inside.reach(sid) !== 'unknown')
}

/** The middleware that an application has. */
export function insideOf(io: object): Inside | undefined {
  return find((inside) => inside.io === io)
}

function find(isMeant: (inside: Inside) => boolean): Inside | undefined {
  for (const reference of insides) {
    const inside = reference.deref()
    if (inside !== undefined && isMeant(inside)) return inside
  }
  return undefined
}
