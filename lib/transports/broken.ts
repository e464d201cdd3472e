// Owns: whether what is sent on a connection goes nowhere.
// Elsewhere: who asks (v09/htmlfile.ts, engine-internals.ts); a websocket's own state (websocket-line.ts).
import type { Writable } from 'node:stream'

/** Whether nothing is written to a connection any more: it has broken, or its client has sent FIN. */
export function isBroken(connection: object | null | undefined): boolean {
  const { destroyed, writable } = (connection ?? {}) as Partial<Writable>
  return destroyed === true || writable === false
}
