// Owns: from a packet to the method that it calls, and the error of a client that may not or cannot call it.
// Elsewhere: the order of packets (clients/instance.ts), what becomes of the result (clients/calls.ts).
import { DispatchError } from '../support/errors.js'
import type { EventPacket, Packet } from '../wire/packet.js'
import type { DisconnectReason } from '../socket/lifecycle.js'
import { lateMethod, type ClassTable, type Method } from './class-table.js'
import type { Protocol } from './protocol.js'
import type { Handler } from './types.js'

/** What dispatch needs of a namespace; every step goes through the namespace, which may override it. */
export interface Dispatchable {
  processEvent(packet: EventPacket): unknown
  callMethodWithAcl(methodName: string, packet: Packet, ...args: unknown[]): unknown
  callMethod(methodName: string, packet: Packet, ...args: unknown[]): unknown
  isMethodAllowed(methodName: string): boolean
}

/** What `exceptionHandlerDecorator` does: wraps a function that is about to be called. */
export type Decorate = (fn: Handler) => Handler

/**
 * A handler that returns this answers no ack: a client of Socket.IO 4 with `retries`, say, sends the packet
 * again.
 */
export const noAck: unique symbol = Symbol('noAck')

/** The default of `processPacket`: the only way to a method of the application. */
export function dispatchPacket(namespace: Dispatchable, packet: Packet, endReason: DisconnectReason): unknown {
  switch (packet.type) {
    case 'event':
      return namespace.processEvent(packet)
    case 'message':
      return namespace.callMethodWithAcl('recv_message', packet, packet.data)
    case 'json':
      return namespace.callMethodWithAcl('recv_json', packet, packet.data)
    case 'connect':
      return namespace.callMethodWithAcl('recv_connect', packet, packet)
    case 'error':
      return namespace.callMethodWithAcl('recv_error', packet, packet)
    case 'disconnect':
      // Never subject to the ACL: a namespace must learn of its end.
      return namespace.callMethod('recv_disconnect', packet, endReason)
    default:
      return undefined
  }
}

/**
 * The default of `processEvent`: the event `user message` goes to `on_user_message`.
 * @throws DispatchError SIO_DISPATCH_EVENT for a name that is empty, no string, or too long.
 */
export function dispatchEvent(
  namespace: Dispatchable,
  table: ClassTable,
  packet: EventPacket,
  maxNameLength: number,
  protocol: Protocol,
): unknown {
  const { name, args } = packet
  if (name === '' || name.length > maxNameLength) {
    throw new DispatchError(
      'SIO_DISPATCH_EVENT',
      'unallowed_event_name',
      `The name of an event must have 1 to ${maxNameLength} characters`,
    )
  }
  const methodName = table.events.get(name)?.name ?? methodNameOf(name, protocol)
  return namespace.callMethodWithAcl(methodName, packet, ...args)
}

/**
 * What `processPacket` comes to for an event where no step of it is overridden, without the steps (bench:
 * echo).
 * @throws DispatchError, as they do.
 */
export function dispatchPlainly(
  namespace: Dispatchable,
  table: ClassTable,
  restrictions: { allows(methodName: string): boolean } | undefined,
  packet: EventPacket,
  maxNameLength: number,
): unknown {
  const method = table.events.get(packet.name)
  // Spaces, no such method, schemas, the events that newer clients send(): the long way knows them.
  if (method === undefined || method.check !== undefined || packet.name.length > maxNameLength)
    return namespace.processEvent(packet)
  if (restrictions !== undefined && !restrictions.allows(method.name)) throw accessDenied(method.name)
  return method.takesPacket ? method.run.call(namespace, packet) : method.run.apply(namespace, packet.args as unknown[])
}

// What newer clients send() is the event `message` on their wire.
function methodNameOf(eventName: string, protocol: Protocol): string {
  return eventName === 'message' && protocol !== '0.9' ? 'recv_message' : `on_${eventName.replaceAll(' ', '_')}`
}

/** A method of the table, or one that its class has got since. */
export function methodOf(table: ClassTable, methodName: string): Method | undefined {
  return table.methods.get(methodName) ?? lateMethod(table, methodName)
}

/**
 * Calls a method, with the whole packet or with the arguments.
 * @throws DispatchError SIO_DISPATCH_METHOD when there is none of that name.
 */
export function call(
  self: object,
  method: Method | undefined,
  methodName: string,
  packet: Packet,
  args: unknown[],
  decorate: Decorate | undefined,
): unknown {
  if (method === undefined) {
    throw new DispatchError('SIO_DISPATCH_METHOD', 'no_such_method', `The method "${methodName}" was not found`)
  }
  const actual = method.takesPacket ? [packet] : args
  return decorate === undefined ? method.run.apply(self, actual) : decorate(method.run.bind(self))(...actual)
}

/** The method that a packet is meant for, to name it in an error. */
export function targetOf(packet: Packet): string {
  return packet.type === 'event' ? `on_${packet.name.replaceAll(' ', '_')}` : `recv_${packet.type}`
}

export function accessDenied(methodName: string): DispatchError {
  return new DispatchError(
    'SIO_DISPATCH_DENIED',
    'method_access_denied',
    `You do not have access to method "${methodName}"`,
  )
}

export function noSuchNamespace(endpoint: string): DispatchError {
  return new DispatchError(
    'SIO_DISPATCH_NAMESPACE',
    'no_such_namespace',
    `The endpoint you tried to connect to doesn't exist: ${endpoint.slice(0, 80)}`,
  )
}
