// Owns: io, whose endpoints send what their classes send; and what an application exports under `declaration: true`.
// Never run: the compiler is the test, here and in the installed package with older compilers.

/* oxlint-disable typescript/no-explicit-any, typescript/unbound-method */
import { BaseNamespace, BroadcastMixin, RoomsMixin, socketioMiddleware } from 'socketio-middleware'
import type { AnyNamespace, ClientSocket, Constructor, SocketioMiddleware } from 'socketio-middleware'
export const Base = RoomsMixin(BroadcastMixin(BaseNamespace))
export const Typed = RoomsMixin(BroadcastMixin(BaseNamespace<{ emits: { said: (t: string) => void } }>))
export function Inferred<B extends Constructor<AnyNamespace>>(base: B) {
  abstract class WithInferred extends base {
    on_greet(name: string) {
      return this.emitWithAck('greet', name)
    }
    shout = (t: string) => this.server.of('/chat').to('x').emit('shout', t)
  }
  return WithInferred
}
export const Inf = Inferred(Typed)
export class Chat extends Inf {
  on_x() {
    return this.to('x')
  }
  on_y() {
    return this.broadcast
  }
  get ops() {
    return this.server.of('/chat')
  }
  get sess() {
    return this.timeout(5)
  }
  job() {
    return this.spawn(async () => {})
  }
}
export const io = socketioMiddleware({ '/chat': Chat, '/': Base })
export const chatSockets = io.of('/chat')
export const room = io.of('/chat').to('x')
export const all = io.of(/x/)
export const sockets = io.sockets
export const fetch = () => io.of('/chat').fetchSockets()
export declare const chat: ClientSocket<typeof Chat>
export const ask = () => chat.emitWithAck('greet', 'x')
export const timed = chat.timeout(5)
export const use = io.use
export const plain: SocketioMiddleware = io
export const m = new Map([['/chat', Chat]])
export const io2 = socketioMiddleware(m)
io2.of('/chat').emit('x', 1)
io.of('/chat').emit('said', 'x')
io.emit('anything', 5)
// @ts-expect-error
io.of('/chat').emit('nope')
// @ts-expect-error
io.of('/chat').to('x').emit('said', 5)
io.of<{ nope: () => void }>('/chat').emit('nope')
io.of<typeof Chat>('/elsewhere').emit('said', 'x')
// @ts-expect-error
io.of<typeof Chat>('/elsewhere').emit('nope')
io.of('/dynamic').emit('x')
declare const name: string
io.of(name).emit('x')
const g = socketioMiddleware({ '': Typed })
g.emit('said', 'x')
g.to('x').emit('said', 'x')
g.sockets.emit('said', 'x')
g.of('').emit('said', 'x')
g.of('/').emit('said', 'x')
// @ts-expect-error
g.emit('nope')
// @ts-expect-error
g.of('/').emit('nope')
export const plain2: SocketioMiddleware = g
export type ChatOf<App> = ClientSocket<
  App extends SocketioMiddleware<infer N>
    ? N extends { '/chat': infer C extends abstract new (...args: any[]) => object }
      ? C
      : never
    : never
>
declare const viaIo: ChatOf<typeof io>
viaIo.emit('greet', 'x', (a) => a)
declare const inst: Chat
// Every member can be exported without naming a type that is not.
export const a1 = inst.emit,
  a2 = inst.emitWithAck,
  a3 = inst.timeout,
  a4 = inst.spawn,
  a5 = inst.error,
  a6 = inst.socket,
  a7 = inst.processPacket,
  a8 = inst.getInitialAcl,
  a9 = inst.broadcastEvent,
  b1 = inst.emitToRoom,
  b2 = inst.to,
  b3 = inst.recv_connect
export const c1 = chat.emit,
  c2 = chat.emitWithAck,
  c4 = chat.timeout,
  c5 = chat.volatile
export const d1 = io.of,
  d2 = io.use,
  d3 = io.close,
  d4 = io.attach,
  d5 = io.to,
  d6 = io.emitWithAck,
  d7 = io.serverSideEmit,
  d8 = io.onServerSideEmit
export const e1 = inst.socket.spawn,
  e2 = inst.socket.environ,
  e3 = inst.socket.namespaces,
  e4 = inst.exceptionHandlerDecorator,
  e5 = inst.request,
  e6 = inst.session
