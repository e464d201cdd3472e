// Owns: client libraries of 0.9 and 2 that count what they receive, by the script that the package ships.
import { compileFunction } from 'node:vm'
import { seenScript } from '../../lib/server/seen-script.js'

/** Applies the script as a bundle does. What listeners throw goes to `threw`; without it, as in a page, nobody catches it. */
export function withSeen<Library>(library: Library, threw?: (rethrow: () => void) => void): Library {
  const holder = { exports: {} as unknown }
  const run = compileFunction(seenScript, ['module', 'setTimeout'])
  run(holder, threw ?? setTimeout)
  return (holder.exports as (io: Library) => Library)(library)
}
