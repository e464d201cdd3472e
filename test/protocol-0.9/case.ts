// Owns: what one case of the suite is.
import type { Target, Transport } from './client.js'

export interface Case {
  /** What is expected, as a sentence. */
  readonly name: string
  run(target: Target): Promise<void>
}

/** One case for each of these transports. */
export function overAll(
  names: readonly Transport[],
  name: string,
  run: (target: Target, transport: Transport) => Promise<void>,
): Case[] {
  return names.map((transport) => ({ name: `${transport}: ${name}`, run: (target) => run(target, transport) }))
}
