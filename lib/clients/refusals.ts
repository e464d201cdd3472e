// Owns: what a client is told that is not let into a namespace: it is not declared, its connect was refused,
// or it never asked.
// Elsewhere: the packet of each generation (namespaces/protocol.ts), requests that are refused (access/).
import { ConnectError, isA } from '../support/errors.js'
import { logFailure } from '../support/log.js'
import type { Packet } from '../wire/packet.js'
import type { NamespaceFinder } from '../namespaces/any-namespace.js'
import { reportAdapterFailure, type ErrorsOwner } from '../namespaces/error-handler.js'
import type { Socket } from '../namespaces/socket.js'
import { accessDenied, noSuchNamespace, targetOf } from '../namespaces/dispatch.js'
import { refusalOf, type ProtocolRules } from '../namespaces/protocol.js'

/** The client that is told. */
export interface Refused {
  readonly rules: ProtocolRules
  readonly app: { readonly namespaces: NamespaceFinder }
  tell(packet: Packet): void
  report(name: string, message: string, endpoint: string, msgId?: string): void
}

/** No such namespace is declared. */
export function refuseUnknown(client: Refused, { endpoint, id }: Packet): void {
  if (client.rules.protocol === '0.9') {
    const { errorName, message } = noSuchNamespace(endpoint)
    client.report(errorName, message, endpoint, id)
  } else client.tell(refusalOf(endpoint, new ConnectError('Invalid namespace')))
}

/** Its connect is refused, with what the application threw. */
export function refuseConnect(client: Refused, endpoint: string, error: unknown): void {
  try {
    client.tell(refusalOf(endpoint, error))
  } catch (failure) {
    // Data that cannot be encoded is the developer's mistake; the client is refused all the same.
    logFailure('the data of a ConnectError could not be sent', failure)
    client.tell(refusalOf(endpoint, messageOf(error)))
  }
}

/** No adapter can be made for its endpoint. */
export function refuseForAdapter(
  client: Refused & { readonly app: ErrorsOwner; readonly socket: Socket },
  endpoint: string,
  cause: unknown,
): void {
  reportAdapterFailure(client.app, client.socket, cause, endpoint)
  client.tell(refusalOf(endpoint, undefined))
}

/** A packet came for a namespace whose connect was refused: only another connect asks again. */
export function deny(client: Refused, packet: Packet): void {
  if (client.rules.packetBeforeConnect !== 'connects' || packet.type === 'ack') return
  const { errorName, message } = accessDenied(targetOf(packet))
  const { endpoint, ack, id } = packet
  if (ack === 'data' && id !== undefined && client.app.namespaces.find(endpoint)?.table.checks.ackErrors === true)
    client.tell({ type: 'ack', endpoint, ackId: id, args: [{ error: { name: errorName, message } }] })
  client.report(errorName, message, endpoint, id)
}

// The message alone; none, where even that cannot be read.
function messageOf(error: unknown): ConnectError | undefined {
  try {
    return isA(error, ConnectError) && typeof error.message === 'string' ? new ConnectError(error.message) : undefined
  } catch {
    return undefined
  }
}
