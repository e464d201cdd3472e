// Owns: options of Socket.IO 4 and 0.9, of engine.io and of gevent-socketio that are spelled otherwise here.
// Elsewhere: those of ours (settings.ts, engine-options.ts).
import type { ForeignNames } from '../support/unknown-names.js'

const ofEngine = (name: string): string => `use engine: { ${name} }`
const log = 'use DEBUG=socketio-middleware* for logs, and errorHandler for errors'
const clientScript =
  "use serveClient: 'socket.io-client', or give it the path of a script; caching is done with an ETag"
const noFlash = 'there is no Flash policy server'
const noUpgrades = 'leave it out, as upgrades that are not ours are left alone'

/** By name, what takes the place of an option that others have. */
export const foreignOptions: ForeignNames = {
  // Socket.IO 4 and engine.io.
  path: "use resource: 'socket.io', without slashes at its ends",
  cors: "use origins: 'https://example.com'; allowed origins may always send credentials",
  origin: "use origins: 'https://example.com'",
  allowRequest: 'use authorize: (request) => true or false, or a promise of it',
  connectTimeout: 'use handshakeTimeout, in milliseconds',
  cookie: 'there is none, as cookies are the business of the application in front of us',
  parser: 'there is none: newer clients use the default parser, and jsonParse and jsonStringify replace JSON for 0.9',
  connectionStateRecovery: 'use recovery: true, or recovery: { duration, maxSuspended, maxBytes, check }',
  cleanupEmptyChildNamespaces: 'leave it out, as endpoints of a pattern are always freed',
  addTrailingSlash: 'leave it out, as URLs are accepted with and without the slash',
  destroyUpgrade: noUpgrades,
  destroyUpgradeTimeout: noUpgrades,
  initialPacket: 'there is none: emit in initialize() or recv_connect()',
  handlePreflightRequest: 'use origins: preflights of allowed origins are answered',
  allowUpgrades: ofEngine('allowUpgrades'),
  allowEIO3: ofEngine('allowEIO3'),
  upgradeTimeout: ofEngine('upgradeTimeout'),
  perMessageDeflate: ofEngine('perMessageDeflate'),
  httpCompression: ofEngine('httpCompression'),
  wsEngine: ofEngine('wsEngine'),
  generateId: ofEngine('generateId'),
  namespaces: 'namespaces are the first argument of socketioMiddleware()',
  // Socket.IO 0.9, as io.set() had them.
  authorization: 'use authorize: (request) => true or false, or a promise of it',
  'global authorization': 'use authorize: (request) => true or false, or a promise of it',
  log,
  logger: log,
  'log level': log,
  'log colors': log,
  'log file': log,
  store: 'use adapter, for rooms and broadcasts across processes',
  static: clientScript,
  heartbeats: 'leave it out, as heartbeats are always on; heartbeatInterval says how often',
  blacklist: 'use getInitialAcl() in the class of the namespace',
  'close timeout': 'use closeTimeout, in milliseconds: closeTimeout: 60_000',
  'heartbeat interval': 'use heartbeatInterval, in milliseconds: heartbeatInterval: 25_000',
  'heartbeat timeout': 'use heartbeatTimeout, in milliseconds: heartbeatTimeout: 60_000',
  'polling duration': 'use pollingDuration, in milliseconds: pollingDuration: 20_000',
  'flash policy server': noFlash,
  'flash policy port': noFlash,
  'destroy upgrade': noUpgrades,
  'destroy buffer size': 'use maxHttpBufferSize, in bytes',
  'browser client': clientScript,
  'browser client cache': clientScript,
  'browser client minification': clientScript,
  'browser client etag': clientScript,
  'browser client expires': clientScript,
  'browser client gzip': clientScript,
  'browser client handler': 'use a route of the application for the script, in front of us',
  'client store expiration': 'there is none: socket.session ends with its socket',
  'match origin protocol': "use the framework's trust in its proxy: with it schemes are compared",
  // gevent-socketio, where "_" stands for the spaces above.
  namespace: "use resource: 'socket.io'",
  'policy server': noFlash,
  'policy listener': noFlash,
  'error handler': 'use errorHandler',
  'json loads': 'use jsonParse',
  'json dumps': 'use jsonStringify',
  request: "leave it out, as the framework's request is this.request",
}

const besideEngine = (name: string): string => `use the option ${name}, beside engine`

/** The same for options inside `engine`, which are handed to engine.io: these would replace ours there. */
export const foreignEngineOptions: ForeignNames = {
  pingInterval: besideEngine('pingInterval'),
  pingTimeout: besideEngine('pingTimeout'),
  maxHttpBufferSize: besideEngine('maxHttpBufferSize'),
  maxPayload: besideEngine('maxHttpBufferSize'),
  cors: "use the option origins, beside engine: origins: 'https://example.com'",
  origins: besideEngine('origins'),
  allowRequest: 'use the option authorize, beside engine',
  authorize: besideEngine('authorize'),
  path: "use the option resource, beside engine: resource: 'socket.io'",
  resource: besideEngine('resource'),
  cookie: foreignOptions['cookie'] as string,
  initialPacket: foreignOptions['initialPacket'] as string,
  addTrailingSlash: foreignOptions['addTrailingSlash'] as string,
  destroyUpgrade: noUpgrades,
  destroyUpgradeTimeout: noUpgrades,
  noServer: 'leave it out, as servers are found by themselves',
  jsonp: besideEngine('jsonp'),
}
