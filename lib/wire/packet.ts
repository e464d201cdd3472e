// Owns: the packet, one message of the protocol as a value, the same for every wire.
// Elsewhere: how a packet is spelled (v09/packet.ts).

/** Reasons of an error packet, in the order of their numbers on the 0.9 wire. */
export const errorReasons = ['transport not supported', 'client not handshaken', 'unauthorized'] as const

/** Advice of an error packet, in the order of its numbers on the 0.9 wire. */
export const errorAdvice = ['reconnect'] as const

export type ErrorReason = (typeof errorReasons)[number]
export type ErrorAdvice = (typeof errorAdvice)[number]

interface Addressed {
  /** The namespace's name: `''` or, say, `/chat`. */
  readonly endpoint: string
  /** The number that an ack names; on the 0.9 wire digits of any length, kept as they came. */
  readonly id?: string
  /** `true`: acknowledged by the library on receipt. `'data'`: by the handler's return value. */
  readonly ack?: true | 'data'
}

export interface DisconnectPacket extends Addressed {
  readonly type: 'disconnect'
}
export interface ConnectPacket extends Addressed {
  readonly type: 'connect'
  /** The query of the endpoint, as in `1::/chat:?token=1`; empty when there is none. */
  readonly qs: string
  /** What a client of Socket.IO 3 or 4 sent along; `this.auth` in its namespace. */
  readonly auth?: unknown
  /** The public id of the socket, in the answer to such a client. */
  readonly sid?: string
  /**
   * The secret by which such a client comes back to this namespace after a lost connection, in the same
   * answer.
   */
  readonly pid?: string | undefined
}
export interface HeartbeatPacket extends Addressed {
  readonly type: 'heartbeat'
}
/** What `send()` sends. */
export interface MessagePacket extends Addressed {
  readonly type: 'message'
  readonly data: string
}
/** What `send()` sends as JSON. */
export interface JsonPacket extends Addressed {
  readonly type: 'json'
  readonly data: unknown
}
export interface EventPacket extends Addressed {
  readonly type: 'event'
  /** Empty when the peer named no event, or named it by something else than a string. */
  readonly name: string
  readonly args: readonly unknown[]
}
export interface AckPacket extends Addressed {
  readonly type: 'ack'
  /** The id of the packet that is acknowledged. */
  readonly ackId: string
  readonly args: readonly unknown[]
}
export interface ErrorPacket extends Addressed {
  readonly type: 'error'
  readonly reason: ErrorReason | ''
  readonly advice: ErrorAdvice | ''
  /** What clients of Socket.IO 2 to 4 receive instead. */
  readonly message?: string
  readonly data?: unknown
}
export interface NoopPacket extends Addressed {
  readonly type: 'noop'
}

/** One message of the protocol. Values are readonly: a packet may be on its way to many sockets. */
export type Packet =
  | DisconnectPacket
  | ConnectPacket
  | HeartbeatPacket
  | MessagePacket
  | JsonPacket
  | EventPacket
  | AckPacket
  | ErrorPacket
  | NoopPacket

export type PacketType = Packet['type']
