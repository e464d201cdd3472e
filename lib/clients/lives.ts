// Owns: which life of which namespace of a client of Socket.IO 4 was confirmed last.
// Elsewhere: the private ids that name them (recovery/pid.ts).

/**
 * The lives of one client's namespaces. Most have had one: its number is 1, and the name is enough (bench:
 * memory).
 */
export type Lives = string | MoreLives | undefined

interface MoreLives {
  /** Of every life of any namespace. */
  count: number
  /** The one that began last is the last. */
  readonly numbers: Map<string, number>
}

/**
 * Begins a new life of a namespace. Of `most` endpoints at the most the last ones are kept, and those that are
 * open.
 */
export function beginLife(
  lives: Lives,
  endpoint: string,
  most: number,
  isOpen: (endpoint: string) => boolean,
): string | MoreLives {
  if (lives === undefined) return endpoint
  const more = typeof lives === 'string' ? { count: 1, numbers: new Map([[lives, 1]]) } : lives
  const { numbers } = more
  numbers.delete(endpoint)
  numbers.set(endpoint, ++more.count)
  if (numbers.size <= most) return more
  const oldest = [...numbers.keys()].find((each) => each !== endpoint && !isOpen(each))
  if (oldest !== undefined) numbers.delete(oldest)
  return more
}

/** The number of the last life of a namespace. */
export function lifeOf(lives: Lives, endpoint: string): number | undefined {
  if (typeof lives === 'string') return lives === endpoint ? 1 : undefined
  return lives?.numbers.get(endpoint)
}
