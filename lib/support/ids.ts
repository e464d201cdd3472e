// Owns: names that nobody can guess: sids, and the public ids of sockets.
import { randomFillSync, randomInt } from 'node:crypto'

const idBytes = 15
const pool = Buffer.allocUnsafeSlow(idBytes * 256)
let used = pool.length

/**
 * 120 random bits as 20 characters of base64url. They are drawn many at a time: a draw costs as much as an
 * event (bench: connect).
 */
export function randomId(): string {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const id = pool.toString('base64url', used, used + idBytes)
  // What has been a secret is not left lying about.
  pool.fill(0, used, used + idBytes)
  used += idBytes
  return id
}

// Smaller than 2 ** 48, which is as far as randomInt() goes.
const epochs = [36 ** 7, 36 ** 8] as const

/** Eight digits of base 36 that distinguish the counts of one process from those of the one before. */
export function randomEpoch(): string {
  return randomInt(...epochs).toString(36)
}

/** A name in front of a secret, for load balancers: `a.Vx3…`. Neither has a dot. */
export function withName(name: string | undefined, id: string): string {
  return name === undefined ? id : `${name}.${id}`
}
