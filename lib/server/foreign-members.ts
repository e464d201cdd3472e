// Owns: members of the servers of Socket.IO 4 and 0.9 that are spelled otherwise on `io`.
// Elsewhere: those of namespaces and operators (rooms/foreign-members.ts), options (foreign-options.ts).
import { UsageError } from '../support/errors.js'
import { refuseMembers } from '../support/foreign-members.js'
import { adviceFor } from '../support/unknown-names.js'
import { foreignOfBoth, foreignOfOperator } from '../rooms/foreign-members.js'
import { foreignOptions } from './foreign-options.js'
import { optionNames } from './settings.js'

const mount = 'use app.use(io) and app.listen(port), http.createServer(io), or io.attach(server)'
const engine =
  'use the option engine for its settings, app.use() in front of io for its middleware, io.stats().sockets for clientsCount, ' +
  'and the channel handshakeRefused for connection_error'
const options = 'options are the second argument of socketioMiddleware()'
const declared = 'namespaces are the first argument of socketioMiddleware()'

/** Methods of Socket.IO 0.9 whose first argument is the name of an option. */
const settingMethods = ['set', 'get', 'enable', 'disable', 'enabled', 'disabled']

/** Adds them to `io`. */
export function refuseForeignMembers(io: object): void {
  for (const members of [foreignOfOperator, foreignOfBoth]) refuseMembers(io, 'io', members)
  refuseMembers(io, 'io', {
    methods: {
      listen: mount,
      attachApp: mount,
      onconnection: mount,
      path: "use the option resource: 'socket.io'",
      adapter: 'use the option adapter',
      serveClient: 'use the option serveClient',
      connectTimeout: 'use the option handshakeTimeout',
      origins: 'use the option origins',
      parser: foreignOptions['parser'] as string,
      configure: options,
      log: 'use DEBUG=socketio-middleware*',
    },
    properties: {
      engine,
      eio: engine,
      opts: options,
      settings: options,
      httpServer: 'it is the server that the application made: app.listen() returns it',
      server: 'it is the server that the application made: app.listen() returns it',
      namespaces: declared,
      nsps: declared,
      parentNsps: declared,
      static: 'use the option serveClient',
      handshaken: 'use await io.fetchSockets()',
      roomClients: 'use await io.fetchSockets(), and rooms of each',
    },
  })
  for (const method of settingMethods) {
    const value = (name: unknown): never => {
      const advice = typeof name === 'string' ? adviceFor(name, optionNames, foreignOptions) : undefined
      const ours = typeof name === 'string' && optionNames.includes(name) ? `use the option ${name}` : advice
      throw new UsageError('SIO_USAGE_MEMBER', `io.${method}() does not exist: ${options}; ${ours ?? 'see Options'}`)
    }
    Object.defineProperty(io, method, { value, writable: true, configurable: true, enumerable: false })
  }
}
