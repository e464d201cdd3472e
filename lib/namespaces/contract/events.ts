// Owns: what a class says to its clients, as types: the events that it takes, with their arguments and
// answers, and those that it sends.
// Elsewhere: the client's socket made of them (client-socket.ts), schemas (schema-types.ts).
import type { AnyNamespace } from '../any-namespace.js'
import type { Packet } from '../../wire/packet.js'
import type { noAck } from '../dispatch.js'
import type { SchemaInput, SchemaOutput } from './standard-schema.js'
import type { EmitsOf, TypesOf } from '../types.js'

// oxlint-disable-next-line typescript/no-explicit-any
type Any = any
type AnyFunction = (...args: Any[]) => unknown
type IsAny<T> = 0 extends 1 & T ? true : false

/** A class of namespaces, abstract or not: `typeof Chat`. */
export type ContractClass = abstract new (...args: never[]) => object

/** What the class makes. */
export type InstanceOf<Class> = Class extends abstract new (...args: never[]) => infer Instance ? Instance : never

// The names of events: `on_say` is `say`. What newer clients send() is the event `message`, which goes to
// recv_message.

/** The event of a method, if it has one. */
export type EventOf<Namespace, Key extends keyof Namespace> = Key extends `on_${infer Event}`
  ? Namespace[Key] extends AnyFunction
    ? Exclude<Event, ''>
    : never
  : Key extends 'recv_message'
    ? 'on_message' extends keyof Namespace
      ? never
      : IsOwnHook<Namespace[Key], 'recv_message'> extends true
        ? 'message'
        : never
    : never

// The hook of BaseNamespace does nothing: it is told from one of the class's own by its type.
export type IsOwnHook<Hook, Name extends 'recv_message' | 'recv_json'> =
  IsAny<Hook> extends true
    ? false
    : Hook extends (...args: infer Args) => infer Result
      ? IsAny<Result> extends true
        ? true
        : unknown extends Result
          ? [Args, Parameters<AnyNamespace[Name]>] extends [Parameters<AnyNamespace[Name]>, Args]
            ? IsAny<Args[0]>
            : true
          : true
      : false

// The arguments: a union of lists, one for each number of arguments that a client may send. `undefined` would
// arrive as null.

type ArgumentsOf<Handler> =
  IsAny<Handler> extends true
    ? Any[]
    : Handler extends (...args: infer Args) => unknown
      ? IsPacket<Args> extends true
        ? unknown[]
        : Lists<Args>
      : never

/** Whether a handler takes the whole packet. */
export type IsPacket<Args> = Args extends readonly [infer First]
  ? IsAny<First> extends true
    ? false
    : [First] extends [never]
      ? false
      : [First] extends [Packet]
        ? true
        : false
  : false

type Lists<Args extends readonly unknown[]> = number extends Args['length']
  ? Args
  : OfLengths<Required<Args>, Args['length']>

type OfLengths<List extends readonly unknown[], Lengths> = List['length'] extends Lengths
  ? List | (List extends readonly [...infer Head, unknown] ? OfLengths<Head, Lengths> : never)
  : never

type ListsOfSchemas<Schemas> = Schemas extends readonly unknown[]
  ? number extends Schemas['length']
    ? { -readonly [Index in keyof Schemas]: SchemaInput<Schemas[Index]> }
    : WithoutTail<{ -readonly [Index in keyof Schemas]: SchemaInput<Schemas[Index]> }>
  : SchemaInput<Schemas> extends infer Input
    ? IsAny<Input> extends true
      ? Any[]
      : Input extends readonly unknown[]
        ? Lists<Input>
        : unknown[]
    : never

type WithoutTail<List extends readonly unknown[]> =
  | { [Index in keyof List]: Exclude<List[Index], undefined> }
  | (List extends readonly [...infer Head, infer Last] ? (undefined extends Last ? WithoutTail<Head> : never) : never)

type StaticOf<Class, Name extends string> = Class extends { readonly [Key in Name]: infer Value } ? Value : object

type InputOf<Class, Event, Handler> = Event extends keyof StaticOf<Class, 'schemas'>
  ? ListsOfSchemas<StaticOf<Class, 'schemas'>[Event]>
  : ArgumentsOf<Handler>

// The answer: what an ack callback is called with.

type AnswerOf<Class, Event, Handler> = OrFailure<
  Class,
  Event extends keyof StaticOf<Class, 'replies'>
    ? Spread<SchemaOutput<StaticOf<Class, 'replies'>[Event]>>
    : IsAny<Handler> extends true
      ? Any[]
      : Handler extends (...args: never[]) => infer Result
        ? Spread<Awaited<Result>>
        : never
>

// An array is several arguments, anything else is one, and nothing is none.
type Spread<Result> =
  IsAny<Result> extends true
    ? [answer: Any]
    : [Result] extends [never]
      ? []
      : Join<One<Exclude<Result, readonly unknown[] | typeof noAck>>, Several<Extract<Result, readonly unknown[]>>>

type One<Result> = [Result] extends [never]
  ? never
  : [Result] extends [void | undefined]
    ? []
    : [answer: void extends Result ? (unknown extends Result ? Result : Exclude<Result, void> | undefined) : Result]

type Several<Result> = Result extends readonly unknown[] ? [...Result] : never

/** What an ack says instead of an answer, where a class has `static ackErrors = true`. */
export interface AckFailure {
  error: {
    /** `invalid_arguments`, `handler_failed`, `no_such_method`, `method_access_denied`, `rate_limited`, … */
    name: string
    message: string
    details?: unknown
  }
}

type OrFailure<Class, Answer extends unknown[]> = Class extends { readonly ackErrors: infer IsOn }
  ? [IsOn] extends [false]
    ? Answer
    : Join<[failure: AckFailure], Answer>
  : Answer

// One list of two: an ack callback may take fewer arguments than it gets only where it gets one list.
type Join<Left extends unknown[], Right extends unknown[]> = [Left] extends [never]
  ? Right
  : [Right] extends [never]
    ? Left
    : Right extends readonly []
      ? [answer: Left[0] | undefined]
      : Right extends readonly [infer First, ...infer Rest]
        ? [answer: Left[0] | First, ...more: Partial<Rest>]
        : (Left[0] | Right[number])[]

// For the client.

/** The arguments of every event that a client may send, without an ack: a union of lists by name. */
export type InputsOf<Class> = {
  [Key in keyof InstanceOf<Class> as EventOf<InstanceOf<Class>, Key>]: InputOf<
    Class,
    EventOf<InstanceOf<Class>, Key>,
    InstanceOf<Class>[Key]
  >
}

/** What the ack of every event brings: a list by name. */
export type AnswersOf<Class> = {
  [Key in keyof InstanceOf<Class> as EventOf<InstanceOf<Class>, Key>]: AnswerOf<
    Class,
    EventOf<InstanceOf<Class>, Key>,
    InstanceOf<Class>[Key]
  >
}

type Listener<Input, Answer extends unknown[]> = (
  ...args: Input extends readonly unknown[] ? [...Input] | [...Input, ack: (...answer: Answer) => void] : never
) => void

/** Any events, as Socket.IO has them where none are declared. */
type AnyClientEvents = Record<string, (...args: Any[]) => void>

/**
 * The events that clients of a class may send, in the form of Socket.IO: `Socket<ServerToClient<typeof Chat>,
 * ClientToServer<typeof Chat>>`. The event of `on_say` is `say`; the last argument may be an ack callback.
 */
export type ClientToServer<Class extends ContractClass> =
  IsAny<Class> extends true
    ? AnyClientEvents
    : {
        [Key in keyof InstanceOf<Class> as EventOf<InstanceOf<Class>, Key>]: Listener<
          InputOf<Class, EventOf<InstanceOf<Class>, Key>, InstanceOf<Class>[Key]>,
          AnswerOf<Class, EventOf<InstanceOf<Class>, Key>, InstanceOf<Class>[Key]>
        >
      }

/** The same after `timeout(ms)`: the ack callback gets an error first, or null. */
export type TimedClientToServer<Class extends ContractClass> =
  IsAny<Class> extends true
    ? AnyClientEvents
    : {
        [Key in keyof InstanceOf<Class> as EventOf<InstanceOf<Class>, Key>]: Listener<
          InputOf<Class, EventOf<InstanceOf<Class>, Key>, InstanceOf<Class>[Key]>,
          [error: Error | null, ...answer: AnswerOf<Class, EventOf<InstanceOf<Class>, Key>, InstanceOf<Class>[Key]>]
        >
      }

/** Events that the library sends by itself. */
export interface LibraryEvents {
  /** What went wrong with something that the client sent, by a name such as `invalid_arguments`. */
  error: (name: string, message: string, details?: unknown) => void
}

type SentBy<Events> = string extends keyof Events
  ? AnyClientEvents & LibraryEvents
  : Omit<Events, 'error'> & LibraryEvents

/** The events that a class sends to its clients: those of its type parameter, and `error`. */
export type ServerToClient<Class extends ContractClass> =
  IsAny<Class> extends true ? AnyClientEvents : SentBy<EmitsOf<TypesOf<InstanceOf<Class>>>>
