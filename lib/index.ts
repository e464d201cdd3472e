export { socketioMiddleware } from './middleware.js'
export type { AttachableServer, SocketioMiddleware } from './middleware.js'
export type { AttachOptions } from './http/http-servers.js'
export type { Admission, ConnectRequest } from './clients/admissions.js'
export type { CloseOptions, FindTyped, GlobalOperator, Io } from './namespaces/io.js'
export { BaseNamespace } from './namespaces/base-namespace.js'
export { channels } from './support/channels.js'
export type { BroadcastMessage, RefusedMessage } from './support/channels.js'
export type { Stats } from './namespaces/stats.js'
export type {
  ChannelMessages,
  ConnectMessage,
  ErrorMessage,
  HandlerMessage,
  ResumeRefusedMessage,
  RoomMessage,
  SocketCloseMessage,
  SocketOpenMessage,
  SocketResumeMessage,
  SocketSuspendMessage,
} from './namespaces/messages.js'
export type { CallKind } from './namespaces/trace-call.js'
export { noAck } from './namespaces/dispatch.js'
export { BroadcastMixin } from './namespaces/broadcast-mixin.js'
export type { Broadcasts } from './namespaces/broadcast-mixin.js'
export { SessionMixin } from './namespaces/session-mixin.js'
export type { Sessions } from './namespaces/session-mixin.js'
export { RoomsMixin } from './namespaces/rooms-mixin.js'
export type { Rooms } from './namespaces/rooms-mixin.js'
export type { AnyNamespace, AnySocket } from './namespaces/any-namespace.js'
export type { NamespaceClass, NamespaceDeclarations } from './namespaces/any-namespace.js'
export type {
  ClientSocket,
  ContractSocket,
  TimedTypedSocket,
  TypedSocket,
} from './namespaces/contract/client-socket.js'
export type { AckFailure, ClientToServer, LibraryEvents, ServerToClient } from './namespaces/contract/events.js'
export type { AnswersOf, ContractClass, InputsOf, TimedClientToServer } from './namespaces/contract/events.js'
export type { ConnectSchema, Replies, Schemas } from './namespaces/contract/schema-types.js'
export type { InvalidArguments } from './namespaces/contract/checked-call.js'
export type { ArgumentIssue } from './namespaces/contract/issues.js'
export type {
  SchemaInput,
  SchemaIssue,
  SchemaOutput,
  SchemaResult,
  StandardSchema,
} from './namespaces/contract/standard-schema.js'
export { defaultErrorHandler } from './namespaces/error-handler.js'
export type { ErrorHandler } from './namespaces/error-handler.js'
export type { InitialAcl } from './namespaces/acl.js'
export type { RateLimit } from './clients/rate-limit.js'
export type { Job, JobFunction } from './namespaces/jobs.js'
export type { Socket } from './namespaces/socket.js'
export type { AckAnswer, TimedEmitter, WithoutAck, WithTimeout } from './namespaces/emitter.js'
export type { Constructor, Handler, NamespaceTypes, TypesOf } from './namespaces/types.js'
export type { EndpointOperator } from './rooms/endpoint-operator.js'
export type { FindOperator } from './rooms/find-operator.js'
export type { PatternOperator } from './rooms/pattern-operator.js'
export type { AnyEvents, EventArgs, EventMap, EventName, Operator, PartialSockets } from './rooms/operator.js'
export type { RemoteSocket } from './rooms/remote-socket.js'
export type { PartialCount, PartialOption, PartialRooms, Processes, RoomsOption } from './rooms/counting.js'
export type { AdapterFactory } from './rooms/endpoint.js'
export type { ServerSideListener } from './rooms/server-side.js'
export type { Protocol } from './namespaces/protocol.js'
export type { DisconnectReason } from './socket/lifecycle.js'
export type { Environ } from './socket/environ.js'
export type { TransportName } from './transports/transport.js'
export type {
  AckPacket,
  ConnectPacket,
  DisconnectPacket,
  ErrorPacket,
  EventPacket,
  HeartbeatPacket,
  JsonPacket,
  MessagePacket,
  NoopPacket,
  Packet,
} from './wire/packet.js'
export type { EngineOptions } from './server/engine-options.js'
export type { Options } from './server/settings.js'
export type { RecoveryOptions } from './server/recovery-option.js'
export type { Origins } from './access/origins.js'
export type { Clock } from './support/timers.js'
export {
  AckTimeoutError,
  AdapterError,
  ClosedError,
  ConnectError,
  DispatchError,
  errorCodes,
  HandlerError,
  HandshakeError,
  ProtocolError,
  UsageError,
} from './support/errors.js'
export type { ErrorCode, PartialAnswer, ReportedError } from './support/errors.js'
