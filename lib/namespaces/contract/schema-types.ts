// Owns: what the compiler wants of a class's schemas: one for each event that is checked, which gives what
// the handler takes.
// Elsewhere: what clients must send for them (events.ts), reading them (checks.ts).
import type { noAck } from '../dispatch.js'
import type { EventOf, IsOwnHook, IsPacket } from './events.js'
import type { StandardSchema } from './standard-schema.js'

// oxlint-disable-next-line typescript/no-explicit-any
type Any = any

// The event `json` of recv_json is that of 0.9 alone, and not among those that clients are typed by.
type CheckedEvent<Namespace, Key extends keyof Namespace> = Key extends 'recv_json'
  ? 'on_json' extends keyof Namespace
    ? never
    : IsOwnHook<Namespace[Key], 'recv_json'> extends true
      ? 'json'
      : never
  : EventOf<Namespace, Key>

/**
 * Schemas for the events of a class, one for each parameter or one for the whole list: `static schemas = {
 * say: [z.string()], vote: z.tuple([z.enum(['tea', 'coffee'])]) } satisfies Schemas<Chat>`.
 */
export type Schemas<Namespace> = {
  readonly [Key in keyof Namespace as CheckedEvent<Namespace, Key>]?: SchemasOf<Namespace[Key]>
}

type SchemasOf<Handler> = Handler extends (...args: infer Args) => unknown
  ? IsPacket<Args> extends true
    ? readonly StandardSchema<Any, Any>[] | StandardSchema<Any, readonly unknown[]>
    : SchemaOfEach<Required<Args>, Args> | StandardSchema<Any, Readonly<Args>>
  : never

// Homomorphic in the list without its question marks, so that every parameter has one; those may give
// `undefined`.
type SchemaOfEach<List, Args extends readonly unknown[]> = {
  readonly [Index in keyof List]: StandardSchema<Any, Index extends keyof Args ? Args[Index] : Any>
}

/** Schemas for what is answered: `static replies = { sum: z.number() } satisfies Replies<Chat>`. */
export type Replies<Namespace> = {
  readonly [Key in keyof Namespace as CheckedEvent<Namespace, Key>]?: Namespace[Key] extends (
    ...args: never[]
  ) => infer Result
    ? StandardSchema<Exclude<Awaited<Result>, typeof noAck>, Any>
    : never
}

/** A schema for what a client sends with its connect, which gives `auth` of the type parameter. */
export type ConnectSchema<Namespace> = StandardSchema<
  Any,
  Namespace extends { readonly auth: infer Auth } ? Auth : unknown
>
