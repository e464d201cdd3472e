// Owns: collecting the garbage, for tests of what is let go of.
import { setFlagsFromString } from 'node:v8'
import vm from 'node:vm'

/** Collects all that nobody holds; what finalizers let go of as well. */
export async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc')
  const collect = vm.runInNewContext('gc') as () => void
  for (let round = 0; round < 3; round++) {
    // A WeakRef keeps its target to the end of the turn in which it was made or asked.
    await new Promise((resolve) => setImmediate(resolve))
    collect()
  }
}

/** How many of these are still there. */
export async function held(references: readonly WeakRef<object>[]): Promise<number> {
  await collectGarbage()
  return references.filter((reference) => reference.deref() !== undefined).length
}
