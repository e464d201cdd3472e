// Owns: the line that answers a handshake, and the only place where milliseconds become the wire's seconds.
// Elsewhere: who is let in (access/admission.ts).
import { scriptString } from './script.js'

/** The greatest number of seconds that a 0.9 client can arm: it multiplies by 1000 and keeps 31 bits. */
export const longestSeconds = 2_147_483

/**
 * The seconds to announce for a duration in milliseconds: an integer from 1 to 2147483.
 *
 * Java, Python and Android clients take nothing but positive integers, and an empty or zero field arms a
 * timer of 0 ms in the official one. Rounded up: a client that waits longer than we do is harmless, one that
 * waits less is not.
 */
export function announcedSeconds(durationMs: number): number {
  return Math.min(longestSeconds, Math.max(1, Math.ceil(durationMs / 1000)))
}

/** `sid:heartbeat timeout:close timeout:transports`, with the timeouts in milliseconds on this side. */
export function handshakeLine(
  sid: string,
  heartbeatTimeoutMs: number,
  closeTimeoutMs: number,
  transports: readonly string[],
): string {
  return `${sid}:${announcedSeconds(heartbeatTimeoutMs)}:${announcedSeconds(closeTimeoutMs)}:${transports.join(',')}`
}

/** A refusal as the script that a JSONP client asked for under the number `index`: a script has no status. */
export function jsonpRefusal(index: string, message: string): string {
  return `io.j[${index}](new Error(${scriptString(message)}));`
}
