// Owns: how much is in use once all that nobody holds has gone.
import { collectGarbage } from '../support/garbage.js'

/** Bytes in use, on the heap and beside it. */
export async function bytesInUse(): Promise<number> {
  await collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
