// Owns: openNamespace(): one class with one client, without an app and without HTTP.
// Elsewhere: the same client in an app (connect.ts), the server's end of it (server/inside.ts).
import type { Environ, NamespaceClass, Options, SocketioMiddleware } from '../index.js'
import { socketioMiddleware } from '../index.js'
import { insideOf, type DirectClient, type Inside } from '../support/inside.js'
import type { Carrier } from './carriers.js'
import type { TestScope } from './connect.js'
import { untilIdle, type Busy } from './idle.js'
import { checkCommon, wrongOption } from './options.js'
import { V09Speech, V4Speech, type Frame } from './speech.js'
import { Client } from './test-client.js'
import { within } from './time.js'
import type { TestClient, TestProtocol } from './types.js'

export interface OpenOptions {
  /** Where the class is mounted. Default `/test`. */
  readonly endpoint?: string
  /** The wire that its client speaks. Default `'4'`. */
  readonly protocol?: TestProtocol
  /** `this.auth`. */
  readonly auth?: unknown
  /** `this.socket.session`, of which `this.session` is a copy. */
  readonly session?: object
  /** `this.request`, the same object. Default: an object with `method`, `url` and `headers`. */
  readonly request?: object
  /** `this.ctx`. */
  readonly ctx?: object
  /** `this.environ`. */
  readonly environ?: Partial<Pick<Environ, 'url' | 'address'>> & {
    readonly headers?: Readonly<Record<string, string>>
    readonly query?: Readonly<Record<string, string>>
  }
  /** Options of the middleware: `clock`, `errorHandler`, bounds. */
  readonly options?: Options
  /** The middleware of an earlier call, or of an app: the client joins its clients. */
  readonly io?: SocketioMiddleware
  /** How long each wait may take, in milliseconds. Default 1,000. */
  readonly timeout?: number
  /** The test: the client leaves when that is over. */
  readonly t?: TestScope
}

/** One namespace, and its client. */
export interface Opened<C extends NamespaceClass> {
  readonly namespace: InstanceType<C>
  readonly client: TestClient<C>
  readonly io: SocketioMiddleware
}

/**
 * Opens one namespace for one client, without an app, HTTP or a port: hooks, access lists, decorators and
 * acks work as they do for real. Rejects with a ConnectError when the namespace refuses.
 */
export async function openNamespace<C extends NamespaceClass>(
  namespaceClass: C,
  { endpoint: name = '/test', protocol = '4', timeout = 1_000, ...options }: OpenOptions = {},
): Promise<Opened<C>> {
  checkCommon('openNamespace', { protocol, timeout, auth: options.auth })
  const io = options.io ?? socketioMiddleware({ [name]: namespaceClass }, options.options)
  const inside = insideOf(io)
  if (inside === undefined) throw wrongOption('openNamespace', 'io', 'what socketioMiddleware() has returned', io)
  const endpoint = name === '/' ? '' : name
  const settings = { endpoint, protocol, transport: 'none', auth: options.auth, timeout } as const
  const client = new Client(
    { ...settings, idle: (self, waiting) => untilIdle(nowhere(inside), self, waiting) },
    protocol === '4' ? new V4Speech() : new V09Speech(),
  )
  options.t?.after(() => client.leave())
  const carrier = new DirectCarrier(open(inside, protocol, options, client))
  try {
    await within(timeout, client.enter(carrier), () => new Error(`"${endpoint}" has not opened within ${timeout} ms`))
  } catch (error) {
    carrier.end()
    throw error
  }
  return {
    get namespace() {
      return carrier.namespace(endpoint) as InstanceType<C>
    },
    client,
    io,
  }
}

function open(
  inside: Inside,
  protocol: TestProtocol,
  { environ = {}, session = {}, request, ctx }: OpenOptions,
  client: Client,
): DirectClient {
  const { url = '/', address = '127.0.0.1', headers = {}, query = {} } = environ
  const asked = { protocol, url, headers, query, address, ctx, session }
  return inside.openClient({ ...asked, request: request ?? { method: 'GET', url, headers } }, client)
}

// There are no connections; each middleware has its own clients.
const clients = new WeakMap<Inside, Set<Busy>>()

function nowhere(inside: Inside): { isBusy: boolean; clients: Set<Busy> } {
  let all = clients.get(inside)
  if (all === undefined) {
    all = new Set()
    clients.set(inside, all)
  }
  return { isBusy: false, clients: all }
}

class DirectCarrier implements Carrier {
  readonly isBusy = false
  readonly #direct: DirectClient

  constructor(direct: DirectClient) {
    this.#direct = direct
  }

  get sid(): string {
    return this.#direct.sid
  }

  namespace(endpoint: string): object | undefined {
    return this.#direct.namespace(endpoint)
  }

  send(frames: readonly Frame[]): void {
    for (const frame of frames) this.#direct.receive(frame)
  }

  end(): void {
    this.#direct.close()
  }

  cut(): void {
    this.#direct.close()
  }

  async abandon(): Promise<void> {
    this.#direct.close()
  }
}
