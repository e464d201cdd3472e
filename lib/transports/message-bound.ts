// Owns: what it looks like when a websocket message is larger than it may be.
import { ProtocolError } from '../support/errors.js'

/** Whether this is what ws says of a message past its bound; it closes with 1009 by itself. */
export function isTooLarge(error: Error): boolean {
  return Reflect.get(error, 'code') === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'
}

export function tooLarge(): ProtocolError {
  return new ProtocolError('SIO_PROTOCOL_LIMIT', 'expected a message of at most maxHttpBufferSize bytes')
}
