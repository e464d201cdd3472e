// Owns: a test client as tests see it, typed by the class that it speaks to.
// Elsewhere: what it does (test-client.ts).
import type { NamespaceClass, TypesOf } from '../index.js'

/** The wires that a test client speaks: Socket.IO 4, which 3 speaks as well, and 0.9. */
export const protocols = ['4', '0.9'] as const
export type TestProtocol = (typeof protocols)[number]

/** `xhr-polling` is what 0.9 calls its polling; either word does for both. */
export type TestTransport = 'websocket' | 'polling' | 'xhr-polling'

type AnyFunction = (...args: never[]) => unknown

type InstanceOf<C> = C extends abstract new (...args: never[]) => infer Instance ? Instance : never

// Where no class is named, everything is allowed.
type IsAny<C> = NamespaceClass extends C ? true : false

type Spelled<Name extends string> = Name extends `${infer Left} ${infer Right}` ? Spelled<`${Left}_${Right}`> : Name
type HandlerOf<C, Name extends string> =
  InstanceOf<C> extends Record<`on_${Spelled<Name>}`, infer Handler extends AnyFunction> ? Handler : never

/** The events that the class handles. */
export type SentEvent<C> =
  IsAny<C> extends true
    ? string
    : keyof InstanceOf<C> extends infer Key
      ? (Key extends `on_${infer Name}` ? Name : never) | `${string} ${string}`
      : never

/** What a handler takes. One that gets the whole packet takes anything. */
export type SentArgs<C, Name extends string> =
  IsAny<C> extends true
    ? unknown[]
    : Parameters<HandlerOf<C, Name>> extends [infer Only]
      ? Only extends { readonly type: string; readonly endpoint: string }
        ? unknown[]
        : Parameters<HandlerOf<C, Name>>
      : Parameters<HandlerOf<C, Name>>

type Unpacked<Value> = Value extends readonly []
  ? undefined
  : Value extends readonly [infer Only]
    ? Only
    : // oxlint-disable-next-line typescript/no-invalid-void-type
      Value extends void
      ? undefined
      : Value

/** What a handler answers: nothing is undefined, a list of one is that one. */
export type Answered<C, Name extends string> =
  // oxlint-disable-next-line typescript/no-explicit-any
  IsAny<C> extends true ? any : Unpacked<Awaited<ReturnType<HandlerOf<C, Name>>>>

type EmitsOf<C> = TypesOf<InstanceOf<C>> extends { emits: infer Events extends object } ? Events : never
// Said by the library itself.
interface OwnEvents {
  error: (name: string, message: string) => void
  message: (data: unknown) => void
}

type AllEvents<C> = EmitsOf<C> & Omit<OwnEvents, keyof EmitsOf<C>>

/** The events that the class emits. */
export type HeardEvent<C> =
  IsAny<C> extends true ? string : [EmitsOf<C>] extends [never] ? string : keyof AllEvents<C> & string

/** What an event brings; the function that answers it is `answer()`'s business. */
export type HeardArgs<C, Name extends string> =
  IsAny<C> extends true
    ? // oxlint-disable-next-line typescript/no-explicit-any
      any[]
    : [EmitsOf<C>] extends [never]
      ? // oxlint-disable-next-line typescript/no-explicit-any
        any[]
      : Name extends keyof AllEvents<C>
        ? AllEvents<C>[Name] extends (...args: infer Args) => unknown
          ? WithoutAck<Args>
          : never
        : never

type WithoutAck<Args extends unknown[]> = Args extends [...infer Rest, infer Last]
  ? Last extends AnyFunction
    ? Rest
    : Args
  : Args

export interface IdleOptions {
  /** Whether jobs are waited for as well, but for those that sleep by `this.sleep()`. */
  readonly jobs?: boolean
  /** How long at most, in milliseconds. Default: the client's own `timeout`. */
  readonly timeout?: number
}

/** One client in one namespace. */
export interface TestClient<C extends NamespaceClass = NamespaceClass> extends AsyncDisposable {
  readonly endpoint: string
  readonly protocol: TestProtocol
  readonly transport: 'websocket' | 'polling' | 'none'
  /** All events that have come, in order: their names and arguments. */
  readonly received: readonly (readonly [name: string, ...args: unknown[]])[]
  /** Whether it is in its namespace. */
  readonly connected: boolean
  /** Sends an event. */
  emit<Name extends SentEvent<C>>(event: Name, ...args: SentArgs<C, Name>): void
  /** Sends what `recv_message` gets, or `recv_json` of 0.9 for anything but a text. */
  send(data: unknown): void
  /** Sends an event and resolves with its ack: undefined, its one argument, or the list of several. */
  ask<Name extends SentEvent<C>>(event: Name, ...args: SentArgs<C, Name>): Promise<Answered<C, Name>>
  /** Resolves with the arguments of the next event of that name, or of the oldest that nobody has taken. */
  next<Name extends HeardEvent<C>>(event: Name): Promise<HeardArgs<C, Name>>
  /** Answers events of that name that ask for an ack, with what the function returns. */
  answer<Name extends HeardEvent<C>>(event: Name, answer: (...args: HeardArgs<C, Name>) => unknown): void
  /**
   * Waits until the server is idle, and rejects if an event (of that name) has come that nobody has taken.
   */
  quiet(event?: HeardEvent<C> | IdleOptions, options?: IdleOptions): Promise<void>
  /**
   * Waits until all handlers, hooks and queues of the server are done, and nothing is on its way. Jobs,
   * timers, adapters and the application's own promises are not waited for.
   */
  idle(options?: IdleOptions): Promise<void>
  /** Resolves with the reason when it is in its namespace no more. */
  ended(): Promise<string>
  /** Leaves and disconnects in order. Resolves when the server's hooks have run, within `timeout`. */
  leave(): Promise<void>
  /** Loses its connection without a word. Resolves as `leave()` does. */
  lose(): Promise<void>
}
