// Owns: the options that are about sids: handshakeSecret, processName.
// Elsewhere: the other options (settings.ts), the sids themselves (sessions.ts, access/tokens.ts,
// access/admission.ts).
import { wrongOption } from '../support/options.js'
import type { EngineOptions } from './engine-options.js'

/** @throws UsageError SIO_USAGE_OPTION */
export function readSecret(secret: unknown): string | undefined {
  if (secret === undefined || (typeof secret === 'string' && secret.length >= 16)) return secret
  // What was given is not quoted: it may be half of a real one.
  throw wrongOption('handshakeSecret', 'a string of at least 16 characters', typeof secret)
}

/** @throws UsageError SIO_USAGE_OPTION */
export function readProcessName(name: unknown, engine: EngineOptions | undefined): string | undefined {
  if (name === undefined) return undefined
  if (typeof name !== 'string' || !/^[\w-]{1,64}$/.test(name))
    throw wrongOption('processName', '1 to 64 letters, digits, - and _', name)
  if (engine?.generateId === undefined) return name
  throw wrongOption('processName', 'left out where engine.generateId makes the sids', name)
}
