// Owns: what is wrong with an option of the test kit.
import { UsageError } from '../index.js'
import { quote } from '../support/errors.js'
import { protocols, type TestProtocol } from './types.js'

export function wrongOption(where: string, name: string, expected: string, got: unknown): UsageError {
  return new UsageError(
    'SIO_USAGE_OPTION',
    `expected option ${name} of ${where}() to be ${expected}, got ${quote(got)}`,
  )
}

interface Common {
  readonly protocol?: TestProtocol
  readonly auth?: unknown
  readonly timeout?: number
}

/** @throws UsageError SIO_USAGE_OPTION for what no client could be opened with. */
export function checkCommon(where: string, { protocol = '4', auth = {}, timeout = 1 }: Common): void {
  if (!protocols.includes(protocol)) throw wrongOption(where, 'protocol', protocols.join(' or '), protocol)
  // As Socket.IO has it: a server ends a connection on which it is anything else.
  if (typeof auth !== 'object' || auth === null || Array.isArray(auth)) {
    throw wrongOption(where, 'auth', 'an object', auth)
  }
  if (typeof timeout !== 'number' || !(timeout > 0)) throw wrongOption(where, 'timeout', 'milliseconds', timeout)
}
