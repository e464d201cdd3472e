// Owns: connect(): a client of our own, connected to a namespace of an app in memory.
// Elsewhere: what it can do (test-client.ts), real clients (memory-agent.ts).
import { STATUS_CODES } from 'node:http'
import type { NamespaceClass } from '../index.js'
import { openCarrier } from './carriers.js'
import { Door, HandshakeRefused } from './door.js'
import { v09Envelope, v4Envelope } from './envelopes.js'
import { untilIdle } from './idle.js'
import { jarOf, type Cookies } from './jar.js'
import { MemoryAgent, serverBehind } from './memory-agent.js'
import type { App } from './memory-server.js'
import { checkCommon, wrongOption } from './options.js'
import { V09Speech, V4Speech } from './speech.js'
import { Client } from './test-client.js'
import { within } from './time.js'
import type { TestClient, TestProtocol, TestTransport } from './types.js'

/** A test, as node:test gives it to its function. */
export interface TestScope {
  after(done: () => Promise<void>): void
}

export interface ConnectOptions {
  /** Which wire it speaks. Default `'4'`. */
  readonly protocol?: TestProtocol
  /** Default `websocket`. */
  readonly transport?: TestTransport
  /** What a client of 4 sends with its connect; 0.9 has no such thing. */
  readonly auth?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** The query of its URLs: `'token=a&lang=en'`, or names and values. */
  readonly query?: string | Readonly<Record<string, string>>
  /** A jar that is shared with supertest, `request.agent(app).jar`, or cookies to begin with. */
  readonly cookies?: Cookies
  /** Where Socket.IO is in the app: the mount and the option `resource`. Default `/socket.io`. */
  readonly path?: string
  /** The address that the server sees as the client's. Default `127.0.0.1`. */
  readonly address?: string
  /** How long each wait may take, in milliseconds. Default 1,000, and 5,000 to connect. */
  readonly timeout?: number
  /** The test: the client leaves when that is over. */
  readonly t?: TestScope
}

const waitMs = 1_000
const connectMs = 5_000

/**
 * Connects a client to a namespace of an app, without a port: through the app's whole stack, on either wire.
 *
 * Rejects with a ConnectError (`message`, `data`) when the namespace refuses, with a HandshakeRefused
 * (`status`, `data`) when the app answers something else than a handshake, and after `timeout` when it does
 * not answer.
 * @param app an app of Express, Koa or Connect, what `socketioMiddleware()` returned, an HTTP server, or a
 *   memoryAgent.
 * @throws UsageError SIO_USAGE_SERVER, SIO_USAGE_OPTION.
 */
export async function connect<C extends NamespaceClass = NamespaceClass>(
  app: App | MemoryAgent,
  endpoint = '',
  options: ConnectOptions = {},
): Promise<TestClient<C>> {
  const { protocol = '4', timeout, path = '/socket.io', headers = {}, auth, t } = options
  checkCommon('connect', options)
  const transport = transportOf(options.transport)
  const server = serverBehind(app)
  const agent = new MemoryAgent(server, options)
  const query = typeof options.query === 'string' ? options.query : new URLSearchParams(options.query).toString()
  const jar = jarOf(options.cookies)
  const door = new Door({ agent, jar, headers, path: path.replace(/\/+$/, ''), query: query.replace(/^\?/, '') })
  const client = new Client(
    {
      endpoint: endpoint === '/' ? '' : endpoint,
      protocol,
      transport,
      auth,
      timeout: timeout ?? waitMs,
      idle: (self, waiting) => untilIdle(server, self, waiting),
    },
    protocol === '4' ? new V4Speech() : new V09Speech(),
  )
  t?.after(() => client.leave())
  const envelope = protocol === '4' ? v4Envelope : v09Envelope
  const patience = timeout ?? connectMs
  const opening = openCarrier(door, envelope, transport, client).then((carrier) => client.enter(carrier))
  try {
    await within(patience, opening, () => lateError(endpoint, patience, door))
  } catch (error) {
    if (client.carrier === undefined) await door.abandon()
    else await client.leave()
    // A test that is over has nothing to wait for.
    client.over()
    throw error
  }
  server.clients.add(client)
  return client
}

function lateError(endpoint: string, patience: number, { unended }: Door): Error {
  if (unended !== undefined && unended.status >= 300) return new HandshakeRefused(unended, patience)
  const but =
    unended === undefined
      ? ''
      : `, but its answer, ${unended.status} ${STATUS_CODES[unended.status] ?? ''}, has not ended`
  return new Error(`expected the app to answer the connect to "${endpoint}" within ${patience} ms${but}`)
}

function transportOf(transport: TestTransport = 'websocket'): 'websocket' | 'polling' {
  if (transport === 'xhr-polling') return 'polling'
  if (transport === 'websocket' || transport === 'polling') return transport
  throw wrongOption('connect', 'transport', 'websocket or polling', transport)
}
