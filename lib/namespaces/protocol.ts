// Owns: what differs between the generations of clients above the wire: who joins what, and what an odd
// packet means.
// Elsewhere: how their packets are spelled (wire/).
import { ConnectError, DispatchError, isA } from '../support/errors.js'
import type { ErrorPacket } from '../wire/packet.js'

/** The generation of a client: 0.9, 2, or 4 for 3 as well, which speaks the same protocol. */
export type Protocol = '0.9' | '2' | '4'

export interface ProtocolRules {
  readonly protocol: Protocol
  /**
   * A client is in the global endpoint from the moment it opens, and leaves with it; otherwise that is one
   * like others.
   */
  readonly hasImplicitGlobal: boolean
  /** What it means when a packet comes for an endpoint that the client has not asked to connect to. */
  readonly packetBeforeConnect: 'connects' | 'ignored' | 'closes'
  /** What becomes of a socket that breaks the grammar. */
  readonly onBadGrammar: 'told' | 'closed'
}

export const protocolRules: Readonly<Record<Protocol, ProtocolRules>> = {
  '0.9': { protocol: '0.9', hasImplicitGlobal: true, packetBeforeConnect: 'connects', onBadGrammar: 'told' },
  '2': { protocol: '2', hasImplicitGlobal: true, packetBeforeConnect: 'ignored', onBadGrammar: 'closed' },
  '4': { protocol: '4', hasImplicitGlobal: false, packetBeforeConnect: 'closes', onBadGrammar: 'closed' },
}

/**
 * The refusal of a connect: only a ConnectError's message reaches the client, and 0.9 gets `unauthorized` in
 * any case.
 */
export function refusalOf(endpoint: string, error: unknown): ErrorPacket {
  const refusal = { type: 'error', endpoint, reason: 'unauthorized', advice: '' } as const
  if (!isA(error, ConnectError)) {
    return { ...refusal, message: isA(error, DispatchError) ? 'unauthorized' : 'connection refused' }
  }
  // It may have been assigned: clients make an Error of it, and what was not meant as a text may hold
  // anything.
  const message: unknown = error.message
  const told = { ...refusal, message: typeof message === 'string' ? message : 'connection refused' }
  return error.data === undefined ? told : { ...told, data: error.data }
}
