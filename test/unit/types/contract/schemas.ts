// Owns: schemas of zod, valibot and arktype in a class, checked against its handlers; and what clients must send for them.
// Never run: the compiler is the test, here and in the installed package with older compilers.
import { type } from 'arktype'
import { BaseNamespace, noAck, RoomsMixin } from 'socketio-middleware'
import type { AckFailure, ClientSocket, ConnectSchema, Replies, Schemas, StandardSchema } from 'socketio-middleware'
import * as v from 'valibot'
import { z } from 'zod'

// As in ../fixtures/is-exactly.ts: this file is compiled alone, too.
type IsAny<T> = 0 extends 1 & T ? true : false
type Same<A, B> = [A, B, IsAny<A>, IsAny<B>] extends [B, A, IsAny<B>, IsAny<A>] ? true : false
declare function isExactly<Expected>(): <Actual>(value: Same<Expected, Actual> extends true ? Actual : never) => void

const chat = {
  say: [z.string().max(500)],
  move: [z.object({ x: z.number(), y: z.number() }), z.number().default(1)],
  since: [z.string().transform((text) => new Date(text))],
  vote: z.tuple([z.enum(['tea', 'coffee'])]),
  either: [v.pipe(v.string(), v.maxLength(8)), type('number')],
  maybe: [z.string().optional()],
  message: [z.string()],
  json: [z.object({ a: z.number() })],
} as const
const token = z.object({ token: z.string(), since: z.string().transform((text) => new Date(text)) })

export class Chat extends RoomsMixin(
  BaseNamespace<{ emits: { said: (text: string) => void }; auth: z.output<typeof token> }>,
) {
  static readonly schemas = chat satisfies Schemas<Chat>
  static readonly replies = { since: z.number().transform(String) } satisfies Replies<Chat>
  static readonly connect = token satisfies ConnectSchema<Chat>

  on_say(text: string) {
    isExactly<Date>()(this.auth.since)
    return text.length
  }
  async on_move(to: z.output<(typeof chat.move)[0]>, speed: number): Promise<[number, number]> {
    return [to.x, speed]
  }
  on_since(when: Date) {
    return when.getTime()
  }
  on_vote(drink: 'tea' | 'coffee') {
    return drink === 'tea' ? noAck : drink
  }
  on_either(...[text, count]: [v.InferOutput<(typeof chat.either)[0]>, number]) {
    return text.length + count
  }
  on_maybe(text?: string) {
    return text
  }
  on_free(isFree: boolean) {
    return isFree
  }
  override recv_message(text: string) {
    return text
  }
  override recv_json(data: { a: number }) {
    return data.a
  }
}

declare const client: ClientSocket<typeof Chat>
client.emit('say', 'x', (length) => isExactly<number>()(length))
client.emit('move', { x: 1, y: 2 }, (x, speed) => isExactly<number>()(x + speed))
client.emit('move', { x: 1, y: 2 }, 3, (x, speed) => isExactly<number>()(x + speed))
client.emit('since', '2026-01-01', (time) => isExactly<string>()(time))
client.emit('vote', 'tea', (drink) => isExactly<'coffee'>()(drink))
client.emit('either', 'x', 1)
client.emit('maybe')
client.emit('maybe', 'x', (text) => isExactly<string | undefined>()(text))
client.emit('free', true)
client.emit('message', 'x', (text) => isExactly<string>()(text))
// @ts-expect-error undefined would be null, which the default refuses
client.emit('move', { x: 1, y: 2 }, undefined, () => {})
// @ts-expect-error a Date is what the handler gets, the client sends a text
client.emit('since', new Date())
// @ts-expect-error not one of them
client.emit('vote', 'water')
// @ts-expect-error of another type
client.emit('say', 3)
// @ts-expect-error only 0.9 has such a packet, and no event
client.emit('json', { a: 1 })

/** A subclass spreads those below it. */
export class Derived extends Chat {
  static override readonly schemas = { ...Chat.schemas, shout: [z.string()] } satisfies Schemas<Derived>
  static readonly ackErrors = true
  on_shout(text: string) {
    return text
  }
}
declare const derived: ClientSocket<typeof Derived>
derived.emit('shout', 'x', (answer) => isExactly<string | AckFailure>()(answer))
derived.emit('since', '2026-01-01', (answer) => isExactly<string | AckFailure>()(answer))
export async function ask() {
  const answer = await derived.emitWithAck('say', 'x')
  if (typeof answer === 'number') isExactly<number>()(answer)
  else isExactly<string>()(answer.error.name)
}

declare const byHand: StandardSchema<string, number>
export class ByHand extends BaseNamespace {
  static schemas = { count: [byHand] } satisfies Schemas<ByHand>
  on_count(count: number) {
    return count
  }
}
declare const counter: ClientSocket<typeof ByHand>
counter.emit('count', '3')
// @ts-expect-error the schema takes a text
counter.emit('count', 3)

export class WrongType extends BaseNamespace {
  // @ts-expect-error the schema gives a number, the handler takes a text
  static schemas = { say: [z.number()] } satisfies Schemas<WrongType>
  on_say(text: string) {
    return text
  }
}
export class WrongName extends BaseNamespace {
  // @ts-expect-error no such handler
  static schemas = { sya: [z.string()] } satisfies Schemas<WrongName>
  on_say(text: string) {
    return text
  }
}
export class TooFew extends BaseNamespace {
  // @ts-expect-error there are two parameters
  static schemas = { say: [z.string()] } satisfies Schemas<TooFew>
  on_say(text: string, count: number) {
    return text.length + count
  }
}
export class WrongReply extends BaseNamespace {
  // @ts-expect-error the handler answers a text
  static replies = { say: z.number() } satisfies Replies<WrongReply>
  on_say(text: string) {
    return text
  }
}
export class WrongConnect extends BaseNamespace<{ auth: { name: string } }> {
  // @ts-expect-error another auth than that of the type parameter
  static connect = z.object({ token: z.string() }) satisfies ConnectSchema<WrongConnect>
}
