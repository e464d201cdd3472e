// Owns: members of Socket.IO's namespaces and operators that are spelled otherwise here.
// Elsewhere: those of its server (server/foreign-members.ts).
import type { ForeignMembers } from '../support/foreign-members.js'

const listen =
  "write a class for the namespace, with initialize() and recv_connect() in place of the event 'connection' and a " +
  'method on_<event>() for each event; onServerSideEmit() gets events of other processes'
const neverListens = 'events go to the methods of a class; offServerSideEmit() removes a listener of onServerSideEmit()'
const fetch = 'use await fetchSockets()'
const sendMessage = "use emit('message', …)"

/** On every operator: `io.to(room)`, `io.of(endpoint)`. */
export const foreignOfOperator: ForeignMembers = {
  methods: {
    compress: 'use the options engine: { perMessageDeflate, httpCompression }',
    send: sendMessage,
    write: sendMessage,
    allSockets: fetch,
    clients: fetch,
    binary: 'leave it out, as binary arguments are found by themselves',
  },
  properties: { json: sendMessage, broadcast: 'leave it out, as all sockets are meant here' },
}

/** Those that a server has as well as a namespace. */
export const foreignOfBoth: ForeignMembers = {
  methods: {
    on: listen,
    once: listen,
    addListener: listen,
    prependListener: listen,
    prependOnceListener: listen,
    off: neverListens,
    removeListener: neverListens,
    removeAllListeners: neverListens,
    listeners: neverListens,
    listenerCount: neverListens,
    eventNames: neverListens,
    serverSideEmitWithAck: 'use serverSideEmit() with a function (error, responses) as its last argument',
  },
  properties: {
    connected: fetch,
    manager: 'use io, or the options of socketioMiddleware()',
    store: 'use the option adapter, and socket.session',
  },
}

/** On what `io.of(endpoint)` gives, beside those. */
export const foreignOfEndpoint: ForeignMembers = {
  methods: {
    use: 'use io.use(), which gets the endpoint, or recv_connect() in the class of the namespace',
    authorization: 'use recv_connect() in the class of the namespace, or the option authorize',
    socket: 'use to(socket.id), or await fetchSockets()',
    disconnect: 'use disconnectSockets()',
  },
  properties: {
    adapter: 'use the option adapter, rooms() and roomCounts(), and fetchSockets(), socketsJoin() and socketsLeave()',
    sockets: fetch,
  },
}
