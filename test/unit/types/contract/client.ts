// Owns: what the compiler lets a client of a class send and hear, in socket.io-client's own types.
// Never run: the compiler is the test, here and in the installed package with older compilers.

/* oxlint-disable typescript/no-explicit-any, typescript/unbound-method */
import { BaseNamespace, BroadcastMixin, RoomsMixin, noAck } from 'socketio-middleware'
import type {
  ClientSocket,
  ClientToServer,
  ServerToClient,
  EventPacket,
  AckFailure,
  Constructor,
  AnyNamespace,
} from 'socketio-middleware'
import { io, type Socket } from 'socket.io-client'

// As in ../fixtures/is-exactly.ts: this file is compiled alone, too.
type IsAny<T> = 0 extends 1 & T ? true : false
type Same<A, B> = [A, B, IsAny<A>, IsAny<B>] extends [B, A, IsAny<B>, IsAny<A>] ? true : false
declare function isExactly<Expected>(): <Actual>(value: Same<Expected, Actual> extends true ? Actual : never) => void

interface ChatEvents {
  said: (name: string, text: string) => void
  quiz: (q: string, answer: (t: string) => void) => void
}
class Chat extends RoomsMixin(BroadcastMixin(BaseNamespace<{ emits: ChatEvents }>)) {
  on_say(text: string) {
    this.emit('said', 'me', text)
    return `ok ${text}`
  }
  async on_sum(a: number, b: number) {
    return a + b
  }
  on_leave() {}
  on_pair(x: number): [number, string] {
    return [x, 's']
  }
  'on_chat:join'(room: string) {
    return room.length
  }
  on_ask_me(text?: string) {
    return text
  }
  on_list() {
    return [[1, 2]] as [number[]]
  }
  on_any(x: any): any {
    return x
  }
  on_raw(packet: EventPacket) {
    return packet.name
  }
  on_bool() {
    return Math.random() > 1
  }
  on_either(): string | [number, number] {
    return 'x'
  }
  on_maybe(): string | void {}
  on_two(a: string, b?: number, c?: boolean) {
    return [a, b, c] as const
  }
  on_rest(a: string, ...more: number[]) {
    return more.length + a.length
  }
  on_silent(x: string) {
    return x === '' ? noAck : 5
  }
  recv_connect() {}
  helper(x: number) {
    return x
  }
  protected on_hidden() {}
}
const chat: ClientSocket<typeof Chat> = io('/chat')
chat.emit('say', 'hi')
chat.emit('say', 'hi', (answer) => isExactly<string>()(answer))
chat.emit('leave')
chat.emit('leave', () => {})
chat.emit('chat:join', 'lobby', (n) => isExactly<number>()(n))
chat.emit('pair', 1, (n, s) => {
  isExactly<number>()(n)
  isExactly<string>()(s)
})
chat.emit('ask_me')
chat.emit('ask_me', (t) => isExactly<string | undefined>()(t))
chat.emit('ask_me', 'x')
chat.emit('ask_me', 'x', (t) => isExactly<string | undefined>()(t))
// @ts-expect-error undefined would be null
chat.emit('ask_me', undefined, () => {})
chat.emit('list', (l) => isExactly<number[]>()(l))
chat.emit('any', 1, (answer) => isExactly<any>()(answer))
chat.emit('raw', 1, 2, 'x')
chat.emit('bool', (b) => isExactly<boolean>()(b))
chat.emit('either', (b) => isExactly<string | number>()(b))
chat.emit('maybe', (b) => isExactly<string | undefined>()(b))
chat.emit('two', 'x', (b) => isExactly<string>()(b))
chat.emit('two', 'x', 1, true, (b) => isExactly<string>()(b))
chat.emit('rest', 'x', 1, 2)
chat.emit('silent', 'x', (n) => isExactly<number>()(n))
// @ts-expect-error
chat.emit('silent')
// @ts-expect-error
chat.emit('say', 1)
// @ts-expect-error
chat.emit('helper', 1)
// @ts-expect-error
chat.emit('message', 'x')
// @ts-expect-error
chat.emit('hidden')
// @ts-expect-error
chat.emit('say', 'x', undefined)
// @ts-expect-error
chat.on('nope', () => {})
chat.on('said', (name, text) => {
  isExactly<string>()(name)
  isExactly<string>()(text)
})
chat.on('quiz', (q, answer) => answer(q))
chat.on('error', (name, message, details) => {
  isExactly<string>()(name)
  isExactly<string>()(message)
  isExactly<unknown>()(details)
})
chat.on('connect', () => {})
chat.on('disconnect', (reason) => reason.length)
export async function ask() {
  isExactly<number>()(await chat.emitWithAck('sum', 1, 2))
  isExactly<string>()(await chat.emitWithAck('say', 'x'))
  isExactly<string>()(await chat.timeout(5).emitWithAck('say', 'x'))
  isExactly<string | undefined>()(await chat.emitWithAck('ask_me'))
  isExactly<undefined>()(await chat.emitWithAck('leave'))
  isExactly<number>()(await chat.volatile.emitWithAck('pair', 1))
  chat.timeout(5).emit('say', 'x', (error, answer) => {
    isExactly<Error | null>()(error)
    isExactly<string>()(answer)
  })
  chat.timeout(5).emit('say', 'x')
  chat.volatile.emit('say', 'x')
  // @ts-expect-error
  await chat.emitWithAck('sum', 1)
  // @ts-expect-error
  await chat.emitWithAck('sum', 1, 'x')
  // @ts-expect-error
  await chat.emitWithAck('nope')
}
const real: Socket<ServerToClient<typeof Chat>, ClientToServer<typeof Chat>> = io('/chat')
real.emit('say', 'x')
real.emit('say', 'x', (a) => isExactly<string>()(a))
real.timeout(5).emit('say', 'x', (_error, a) => isExactly<string>()(a))
export const back: Socket<ServerToClient<typeof Chat>, ClientToServer<typeof Chat>> = chat
export const anySocket: Socket = chat
export const forth: ClientSocket<typeof Chat> = real
class Acks extends BaseNamespace {
  static ackErrors = true as const
  on_say(t: string) {
    return t
  }
  on_void() {}
}
declare const acks: ClientSocket<typeof Acks>
acks.emit('say', 'x', (a) => isExactly<string | AckFailure>()(a))
acks.emit('void', (a) => isExactly<AckFailure | undefined>()(a))
class Msg extends BaseNamespace {
  recv_message(data: string) {
    return data.length
  }
}
declare const msg: ClientSocket<typeof Msg>
msg.emit('message', 'x', (n) => isExactly<number>()(n))
msg.on('anything', (x: string) => x)
msg.on('error', (name, message) => name + message)
class Gen<T> extends BaseNamespace {
  on_put(x: T) {
    return x
  }
}
declare const gen: ClientSocket<typeof Gen<Date>>
gen.emit('put', new Date(), (d) => isExactly<Date>()(d))
abstract class Abs extends BaseNamespace {
  abstract on_put(x: number): string
}
declare const abs: ClientSocket<typeof Abs>
abs.emit('put', 1, (d) => isExactly<string>()(d))
declare const any: ClientSocket<any>
any.emit('x', 1, 2)
interface Greets {
  on_greet(name: string): string
}
function Greeting<B extends Constructor<AnyNamespace>>(base: B): B & Constructor<Greets> {
  abstract class G extends base {
    on_greet(name: string) {
      return name
    }
  }
  return G
}
class Greeter extends Greeting(BaseNamespace) {
  on_x() {}
}
declare const greeter: ClientSocket<typeof Greeter>
greeter.emit('greet', 'x', (s) => isExactly<string>()(s))
// @ts-expect-error an instance is no class
export type NoClass = ClientSocket<Chat>
/** A class that takes no events, and one that sends none. */
class Deaf extends BaseNamespace<{ emits: { said: (text: string) => void } }> {}
export const deaf: ClientSocket<typeof Deaf> = io('/deaf')
deaf.on('said', (text) => isExactly<string>()(text))
// @ts-expect-error it takes none
deaf.emit('say')
class Mute extends BaseNamespace<{ emits: object }> {
  on_say(text: string) {
    return text
  }
}
export const mute: ClientSocket<typeof Mute> = io('/mute')
mute.emit('say', 'x')
mute.on('error', (name) => isExactly<string>()(name))
// @ts-expect-error it sends none
mute.on('said', () => {})
