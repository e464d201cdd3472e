// Owns: a Redis for scenarios with several processes.
import { startRedis } from '../support/redis.js'

export interface BenchRedis {
  readonly url: string
  end(): Promise<void>
}

/** Starts one where it is needed and installed; says so where it is not. */
export async function startRedisIfAny(isNeeded: boolean): Promise<BenchRedis | undefined> {
  if (!isNeeded) return undefined
  const ends: (() => unknown)[] = []
  try {
    const { url } = await startRedis((end) => {
      ends.push(end)
    })
    return {
      url,
      async end() {
        for (const end of ends.toReversed()) await end()
      },
    }
  } catch (error) {
    console.error(`the scenarios of several processes are left out: ${String(error)}`)
    return undefined
  }
}
