// Owns: members of Socket.IO's sockets that are spelled otherwise on ours.
// Elsewhere: those of its server (server/foreign-members.ts), of its namespaces (rooms/foreign-members.ts).
import type { ForeignMembers } from '../support/foreign-members.js'

const handler = 'write a method on_<event>() in the class of the namespace'
const listeners = 'events go to the methods of a class; addAclMethod() and delAclMethod() open and close them'
const emit = 'use emit() of a namespace: this.emit(), or socket.namespaces.get(endpoint)?.emit()'
const others = 'use this.to(room), this.except(room) with RoomsMixin, or this.broadcast with BroadcastMixin'
const rooms = 'use join(), leave() and rooms of a class with RoomsMixin, or io.of(endpoint).in(socket.id)'
const session = 'use socket.session, a plain object'

/** On `this.socket`, which is also what `io.use()` gets. */
export const foreignOfSocket: ForeignMembers = {
  methods: {
    on: handler,
    once: handler,
    addListener: handler,
    off: listeners,
    removeListener: listeners,
    removeAllListeners: listeners,
    onAny: 'override processEvent() in the class of the namespace',
    prependAny: 'override processEvent() in the class of the namespace',
    offAny: listeners,
    onAnyOutgoing: 'there is none',
    use: 'override processEvent() in the class of the namespace',
    emit,
    send: 'use send() of a namespace: this.send()',
    write: 'use send() of a namespace: this.send()',
    emitWithAck: emit,
    timeout: emit,
    compress: 'use the options engine: { perMessageDeflate, httpCompression }',
    to: others,
    in: others,
    except: others,
    join: rooms,
    leave: rooms,
    leaveAll: rooms,
    set: session,
    get: session,
    has: session,
    del: session,
  },
  properties: {
    handshake: 'use socket.environ for the request, and this.auth, or auth of the third parameter of io.use()',
    data: 'use this.data of a namespace, which fetchSockets() shows, or socket.session, which stays here',
    rooms,
    broadcast: others,
    volatile: 'use io.of(endpoint).to(socket.id).volatile',
    local: others,
    json: 'use send() of a namespace: this.send(value, { json: true })',
    nsp: 'use this.nsName; a socket is in all namespaces of its client',
    client: 'it is the client: the same object in all its namespaces',
    conn: 'use socket.transport, socket.protocol and socket.environ',
    manager: 'use this.server',
    store: session,
    disconnected: 'use socket.connected',
    recovered: 'there is no connection state recovery',
  },
}
