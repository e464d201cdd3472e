// Owns: what the test kit may ask of a middleware beside its public API, and how it finds it.
// Elsewhere: what answers (server/inside.ts), who asks (testing/).

/** One middleware, as the test kit sees it. */
export interface Inside {
  /** Whether that session is one of its own, and could be sent something at once. */
  reach(sid: string): 'unknown' | 'ready' | 'busy'
  /** What is not done yet of what its clients have sent, or undefined. */
  activity(withJobs: boolean): string | undefined
}

// Weakly: a middleware that nobody uses any more must not stay for it.
const insides = new Set<WeakRef<Inside>>()

export function expose(inside: Inside): void {
  for (const reference of insides) if (reference.deref() === undefined) insides.delete(reference)
  insides.add(new WeakRef(inside))
}

/** The middleware which knows that session. */
export function insideOfSession(sid: string): Inside | undefined {
  for (const reference of insides) {
    const inside = reference.deref()
    if (inside !== undefined && inside.reach(sid) !== 'unknown') return inside
  }
  return undefined
}
