// Owns: every error that this package makes, by whose fault it is, and the table of their codes.
// Elsewhere: what a refused client receives (namespaces/dispatch.ts), what is logged
// (namespaces/error-handler.ts).

/** Every code, with what it says. Match on `error.code`: classes may be loaded twice, strings are not. */
export const errorCodes = Object.freeze({
  SIO_USAGE_OPTION: 'an option has an invalid value',
  SIO_USAGE_NAMESPACE: 'the map of namespaces, or a class in it, is invalid',
  SIO_USAGE_SCHEMA: 'a schema returned something other than a result, or refused the answer of a handler',
  SIO_USAGE_ENDPOINT: 'io.of() was called with an endpoint that is not declared',
  SIO_USAGE_MEMBER: 'a member of Socket.IO was used that has another name here',
  SIO_USAGE_ENVIRON: 'a namespace was not constructed by its socket',
  SIO_USAGE_ACL: 'getInitialAcl() or delAclMethod() was used in a way that would leave the ACL undefined',
  SIO_USAGE_ACK: 'emitWithAck() was called before the connect was accepted',
  SIO_USAGE_ROOMS: 'a socket would be in more rooms than maxRoomsPerSocket',
  SIO_USAGE_ACKS: 'a socket would have more acks pending than maxPendingAcks',
  SIO_USAGE_JOB: 'spawn() was called with something other than a function',
  SIO_USAGE_EVENT: 'an event has a name that is reserved, or that is not a string',
  SIO_USAGE_DATA: 'this.data of a namespace is no object, no JSON or too large',
  SIO_USAGE_SERVER: 'io.attach() was called with something other than an HTTP server',
  SIO_USAGE_DURATION: 'timeout(), sleep() or close() was called with something other than a duration in milliseconds',
  SIO_USAGE_ADMISSION: 'io.use() was called with something other than a function',
  SIO_USAGE_SESSION:
    'a request has no session that SessionMixin can store, or its session has a value that is not JSON',
  SIO_USAGE_EXPIRES: 'this.expires was set to something other than a valid Date',
  SIO_USAGE_BODY: 'a body parser in front of the middleware has read a POST and has not kept its body',
  SIO_HANDSHAKE_ORIGIN: 'the origin of a request is not allowed',
  SIO_HANDSHAKE_UNAUTHORIZED: 'authorize() returned false',
  SIO_HANDSHAKE_FAILED: 'authorize() or session() threw, rejected or did not answer in time',
  SIO_HANDSHAKE_BUSY: 'there are too many sockets or open handshakes, or the server is closing',
  SIO_HANDSHAKE_VERSION: 'the URL asks for a protocol version other than 1',
  SIO_HANDSHAKE_REQUEST: 'a request has a method, a transport or a form that is not served on its URL',
  SIO_PROTOCOL_PACKET: 'a text is not a packet',
  SIO_PROTOCOL_PAYLOAD: 'the framing of a polling body is invalid',
  SIO_PROTOCOL_LIMIT: 'a peer exceeded a bound',
  SIO_DISPATCH_NAMESPACE: 'a packet is for an endpoint that is not declared',
  SIO_DISPATCH_DENIED: 'the ACL does not allow a method',
  SIO_DISPATCH_METHOD: 'a namespace has no method for an event',
  SIO_DISPATCH_EVENT: 'an event has a name that no method can have',
  SIO_DISPATCH_ARGUMENTS: 'the arguments of an event are not what its schemas accept',
  SIO_HANDLER: 'a handler, a job or a hook of the application threw',
  SIO_ADAPTER: 'an adapter failed',
  SIO_CONNECT: 'the application refused a connect',
  SIO_CLOSED: 'the socket or the namespace ended before the answer came',
  SIO_ACK_TIMEOUT: 'the answer did not come in time',
})

export type ErrorCode = keyof typeof errorCodes

const longestQuote = 80

/** Shows a value in an error message: at most 80 characters of it, and no newline. */
export function quote(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : describe(value)
  return text.length > longestQuote ? `${text.slice(0, longestQuote - 1)}…` : text
}

function describe(value: unknown): string {
  if (typeof value === 'function') return value.name ? `function ${value.name}` : 'a function'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object' && value !== null) return 'an object'
  return String(value)
}

// Each class says its name itself: that of its constructor does not survive minifying.
/** `instanceof`, of a value that an application has thrown: that may be anything, a revoked Proxy, say. */
export function isA<T extends Error>(value: unknown, of: abstract new (...args: never[]) => T): value is T {
  try {
    return value instanceof of
  } catch {
    return false
  }
}

abstract class CodedError extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}

/** The application's fault; thrown at once, where the mistake was made. */
export class UsageError extends CodedError {
  override name = 'UsageError'
}

/** A request that is refused before there is a socket: carries the HTTP status and the words of the wire. */
export class HandshakeError extends CodedError {
  override name = 'HandshakeError'
  readonly status: number

  constructor(code: ErrorCode, status: number, message: string, options?: { cause?: unknown }) {
    super(code, message, options)
    this.status = status
  }
}

/** The peer's fault: bytes that do not parse, or a bound passed. Never reaches a handler. */
export class ProtocolError extends CodedError {
  override name = 'ProtocolError'
}

/** The peer's fault in good grammar: nothing here may be called for this packet. */
export class DispatchError extends CodedError {
  override name = 'DispatchError'
  /** The name on the wire, in gevent-socketio's words. */
  readonly errorName: string
  /** What else the client receives: for invalid arguments `{ event, issues }`. */
  readonly details: unknown
  declare readonly cause?: undefined

  constructor(code: ErrorCode, errorName: string, message: string, details?: unknown) {
    super(code, message)
    this.errorName = errorName
    this.details = details
  }
}

/** A handler, job or hook threw: `cause` is what it threw. Its message is safe to show to the client. */
export class HandlerError extends CodedError {
  override name = 'HandlerError'
  /** What was thrown. */
  declare readonly cause: unknown
  constructor(message: string, cause: unknown) {
    super('SIO_HANDLER', message, { cause })
  }
}

/**
 * Thrown by `recv_connect` or `initialize` to refuse a connect on purpose.
 *
 * A Socket.IO 0.9 client receives `unauthorized`, newer ones receive `message` and `data`.
 */
export class ConnectError extends CodedError {
  override name = 'ConnectError'
  readonly data: unknown

  constructor(message: string, data?: unknown) {
    super('SIO_CONNECT', message)
    this.data = data
  }
}

/** What some processes have answered, where others have not. */
export interface PartialAnswer {
  /** How many have, this one included, and how many have not. */
  readonly processes: number
  readonly missing: number
  /** Of `count()`. */
  readonly count?: number
  /** Of `roomCounts()`. */
  readonly rooms?: ReadonlyMap<string, number>
}

/** The backplane's fault: an adapter failed. It never closes a socket. */
export class AdapterError extends CodedError {
  override name = 'AdapterError'
  /** What was thrown. */
  declare readonly cause: unknown
  /** What has come all the same, of a count that not all processes have answered. */
  declare readonly partial?: PartialAnswer

  constructor(message: string, cause: unknown, partial?: PartialAnswer) {
    super('SIO_ADAPTER', message, { cause })
    if (partial !== undefined) this.partial = partial
  }
}

/** What an errorHandler gets of an error: what threw, or of invalid arguments what is wrong with them. */
export type ReportedError = HandlerError | AdapterError | DispatchError

/** Rejects what waited for a socket or a namespace that has ended. */
export class ClosedError extends CodedError {
  override name = 'ClosedError'
  constructor(message = 'the namespace has ended') {
    super('SIO_CLOSED', message)
  }
}

/** Rejects a wait for an ack that did not come in time. */
export class AckTimeoutError extends CodedError {
  override name = 'AckTimeoutError'
  /** The answers that came in time, of acks of many. */
  readonly responses: readonly unknown[]

  constructor(timeout: number, responses: readonly unknown[] = []) {
    super('SIO_ACK_TIMEOUT', `no ack came within ${timeout} ms`)
    this.responses = responses
  }
}
