// Owns: the socket of a client whose server is a class: socket.io-client's own type, where that is installed.
// Elsewhere: the events in it (events.ts).
//
// The client is no dependency: without types of it, ClientSocket is a ContractSocket. The comments @ts-ignore
// are part of the declarations that we ship, where they let an import fail.
/** @ts-ignore */
import type { Socket as LibrarySocket } from 'socket.io-client'
import type {
  AnswersOf,
  ClientToServer,
  ContractClass,
  InputsOf,
  ServerToClient,
  TimedClientToServer,
} from './events.js'

// Whatever is missing is `any`, to which everything can be assigned; in a tuple, as the error would go on
// otherwise.
type IsMissing<T> = [string] extends [T] ? true : false

// oxlint-disable-next-line typescript/no-explicit-any
type Any = any

/** The arguments of an event, without an ack. */
type AskWith<Class, Event extends keyof InputsOf<Class>> = InputsOf<Class>[Event] extends infer Input
  ? Input extends readonly unknown[]
    ? [...Input]
    : never
  : never

/**
 * The first argument of its ack, which `emitWithAck()` resolves with; of no event, where a class takes none,
 * it may be anything.
 */
type FirstOf<Class, Event> = [keyof AnswersOf<Class>] extends [never]
  ? Any
  : Event extends keyof AnswersOf<Class>
    ? First<AnswersOf<Class>[Event]>
    : never

type First<List> = List extends readonly []
  ? undefined
  : List extends readonly [infer Head, ...unknown[]]
    ? Head
    : List extends readonly (infer Item)[]
      ? Item
      : never

// Of an event whose ack may be left out Socket.IO's own type makes `any`. Its emitWithAck() is left as one
// that cannot be called, as no socket is `never`: that keeps these assignable to what they extend.

/** @ts-ignore */
export interface TypedSocket<Class extends ContractClass> extends LibrarySocket<
  ServerToClient<Class>,
  ClientToServer<Class>
> {
  emitWithAck(this: never, ...args: Any[]): Promise<Any>
  emitWithAck<Event extends keyof InputsOf<Class>>(
    event: Event,
    ...args: AskWith<Class, Event>
  ): Promise<FirstOf<Class, Event>>
  timeout(timeout: number): TimedTypedSocket<Class>
}

/** @ts-ignore */
export interface TimedTypedSocket<Class extends ContractClass> extends LibrarySocket<
  ServerToClient<Class>,
  TimedClientToServer<Class>
> {
  emitWithAck(this: never, ...args: Any[]): Promise<Any>
  emitWithAck<Event extends keyof InputsOf<Class>>(
    event: Event,
    ...args: AskWith<Class, Event>
  ): Promise<FirstOf<Class, Event>>
}

/**
 * A client's socket where no types of socket.io-client are installed: for clients of 0.9 and 2, which have
 * none.
 */
export interface ContractSocket<Class extends ContractClass> {
  on<Event extends keyof ServerToClient<Class>>(event: Event, listener: ServerToClient<Class>[Event]): this
  once<Event extends keyof ServerToClient<Class>>(event: Event, listener: ServerToClient<Class>[Event]): this
  removeListener<Event extends keyof ServerToClient<Class>>(event: Event, listener: ServerToClient<Class>[Event]): this
  emit<Event extends keyof ClientToServer<Class>>(
    event: Event,
    ...args: ClientToServer<Class>[Event] extends (...args: infer Args) => void ? Args : never
  ): this
  send(message: string): this
  disconnect(): unknown
}

/**
 * The socket of a client whose server is that class, in the types of socket.io-client 4: `const chat:
 * ClientSocket<typeof Chat> = io('/chat')`. Import it by `import type`, and nothing of the server comes
 * along.
 */
export type ClientSocket<Class extends ContractClass> =
  IsMissing<LibrarySocket> extends true ? ContractSocket<Class> : TypedSocket<Class>
