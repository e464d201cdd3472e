// Owns: frames of clients of Socket.IO 2 to 4 that use another parser than the default one.
// Elsewhere: reading the default parser's (wire/v5/packet.ts).
import { logTurnedAway } from '../support/log.js'

/**
 * Logs why a client is disconnected whose frame could not be read, if another parser wrote it: ours begins
 * with the digit of its type, and bytes only follow such a one.
 */
export function tellOfOtherParser(frame: string | Buffer): void {
  if (typeof frame === 'string' && /^[0-6]/.test(frame)) return
  logTurnedAway(
    'parser',
    'a client of Socket.IO 2 to 4 was disconnected: what it sent is not of the default parser, which it must use ' +
      '(no option parser, no socket.io-msgpack-parser)',
  )
}
