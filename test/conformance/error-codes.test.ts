// Owns: that each code of the table is provoked: by the error where the application sees it, else by what the peer hears.
// Elsewhere: that some line of lib makes each of them (test/unit/support/errors.test.ts); what each error means (its own tests).
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { Adapter } from 'socket.io-adapter'
import {
  BaseNamespace,
  ConnectError,
  errorCodes,
  RoomsMixin,
  SessionMixin,
  socketioMiddleware,
  type Environ,
  type ErrorCode,
  type ErrorHandler,
  type NamespaceClass,
  type Options,
  type Packet,
} from '../../lib/index.js'
import { readPayload } from '../../lib/transports/v09/post.js'
import { decodePacket } from '../../lib/wire/v09/packet.js'
import { splitPayload } from '../../lib/wire/v09/payload.js'
import { MemoryExchange } from '../support/memory-exchange.js'
import { schema } from '../support/schemas.js'
import { startServer } from '../support/server.js'
import { event, joinClient, openClient, Queue } from '../support/wire-client.js'

type Provocation = (t: TestContext) => unknown

class Codes extends Queue<unknown> {
  constructor() {
    super('a code')
  }

  readonly note = (error: unknown): void => {
    this.push(Reflect.get(error as Error, 'code'))
  }
}

const throwing =
  (run: () => unknown): Provocation =>
  () => {
    try {
      run()
    } catch (error) {
      return Reflect.get(error as Error, 'code')
    }
    return 'nothing was thrown'
  }

/** The code that an event `go` of a client brings about, in a namespace that notes what is thrown. */
const inHandler =
  (go: (namespace: Busy) => unknown, options: Options = {}): Provocation =>
  async (t) => {
    const codes = new Codes()
    class Noting extends Busy {
      async on_go() {
        try {
          await go(this)
        } catch (error) {
          codes.note(error)
        }
      }
    }
    const client = await joinClient(t, await startServer(t, { '/chat': Noting }, options), '/chat')
    client.send(event('/chat', 'go'))
    return codes.next()
  }

class Busy extends RoomsMixin(BaseNamespace) {}

/** The code of what the dispatch of a packet throws. */
const inDispatch =
  (frame: string): Provocation =>
  async (t) => {
    const codes = new Codes()
    class Noting extends BaseNamespace {
      override getInitialAcl() {
        return ['recv_connect', 'on_absent', 'on_']
      }

      override processPacket(packet: Packet) {
        try {
          return super.processPacket(packet)
        } catch (error) {
          codes.note(error)
          return undefined
        }
      }
    }
    const client = await joinClient(t, await startServer(t, { '/chat': Noting }), '/chat')
    client.send(frame)
    return codes.next()
  }

/** What a peer hears of a handshake that is refused. */
const inHandshake =
  (code: ErrorCode, told: string, options: Options, path = '', headers: Record<string, string> = {}): Provocation =>
  async (t) => {
    t.mock.method(console, 'error', () => {})
    const { url } = await startServer(t, {}, options)
    const response = await fetch(`${url}/socket.io/1/${path}`, { headers })
    assert.equal(`${response.status} ${await response.text()}`, told)
    return code
  }

const provocations: Record<ErrorCode, Provocation> = {
  SIO_USAGE_OPTION: throwing(() => socketioMiddleware({}, { closeTimeout: 0 })),
  SIO_USAGE_NAMESPACE: throwing(() => socketioMiddleware({ chat: Busy })),
  SIO_USAGE_SCHEMA: async (t) => {
    const codes = new Codes()
    class Checked extends BaseNamespace {
      static schemas = { go: [schema(() => 'no answer')] }
      on_go() {}
    }
    const errorHandler: ErrorHandler = (_socket, _name, _message, _endpoint, _id, _quiet, error) => {
      codes.note(error?.cause)
    }
    const client = await joinClient(t, await startServer(t, { '/chat': Checked }, { errorHandler }), '/chat')
    client.send(event('/chat', 'go'))
    return codes.next()
  },
  SIO_DISPATCH_ARGUMENTS: async (t) => {
    const codes = new Codes()
    class Checked extends BaseNamespace {
      static schemas = { go: [schema(() => ({ issues: [] }))] }
      on_go() {}
    }
    const errorHandler: ErrorHandler = (_socket, _name, _message, _endpoint, _id, _quiet, error) => {
      codes.note(error)
    }
    const client = await joinClient(t, await startServer(t, { '/chat': Checked }, { errorHandler }), '/chat')
    client.send(event('/chat', 'go'))
    return codes.next()
  },
  SIO_USAGE_ENDPOINT: throwing(() => socketioMiddleware({}).of('/chat')),
  SIO_USAGE_MEMBER: throwing(() => Reflect.get(socketioMiddleware({}), 'engine')),
  SIO_USAGE_ADMISSION: throwing(() => {
    socketioMiddleware({}).use('nobody' as never)
  }),
  SIO_ADAPTER: async () => {
    const codes = new Queue<ErrorCode | undefined>('a report of the adapter')
    const adapter = class extends Adapter {
      override init() {
        throw new Error('no backplane')
      }
    }
    socketioMiddleware(
      {},
      { adapter, errorHandler: (_socket, _name, _message, _endpoint, _id, _quiet, error) => codes.push(error?.code) },
    )
    return codes.next()
  },
  SIO_USAGE_EVENT: throwing(() => {
    socketioMiddleware({}).emit('disconnect')
  }),
  SIO_USAGE_DATA: inHandler((namespace) => {
    namespace.data = [] as never
  }),
  SIO_USAGE_JOB: inHandler((namespace) => {
    namespace.spawn(undefined as never)
  }),
  SIO_USAGE_ENVIRON: throwing(() => new Busy({} as Environ, '', {} as never)),
  SIO_USAGE_ACL: inHandler((namespace) => {
    namespace.delAclMethod('on_go')
  }),
  SIO_USAGE_ACK: async (t) => {
    const codes = new Codes()
    class Asking extends BaseNamespace {
      override recv_connect() {
        return this.emitWithAck('question').catch(codes.note)
      }
    }
    await joinClient(t, await startServer(t, { '/chat': Asking }), '/chat')
    return codes.next()
  },
  SIO_USAGE_EXPIRES: inHandler((namespace) => {
    namespace.expires = new Date(Number.NaN)
  }),
  SIO_USAGE_SESSION: async (t) => {
    const codes = new Codes()
    class Kept extends SessionMixin(BaseNamespace) {}
    const errorHandler: ErrorHandler = (_socket, _name, _message, _endpoint, _id, _quiet, error) => {
      codes.note(error?.cause)
    }
    const client = await openClient(t, await startServer(t, { '/chat': Kept }, { errorHandler }))
    client.send('1::/chat')
    return codes.next()
  },
  SIO_USAGE_ROOMS: inHandler((namespace) => namespace.join(['a', 'b']), { maxRoomsPerSocket: 1 }),
  SIO_USAGE_ACKS: inHandler(
    (namespace) => {
      for (let asked = 0; asked < 2; asked++) namespace.emit('question', () => {})
    },
    { maxPendingAcks: 1 },
  ),
  SIO_USAGE_SERVER: throwing(() => {
    socketioMiddleware({}).attach('server' as never)
  }),
  SIO_USAGE_DURATION: inHandler((namespace) => namespace.sleep(-1)),
  SIO_USAGE_BODY: async () => {
    const codes = new Codes()
    const exchange = new MemoryExchange({ body: ['3:::x'], parsedBody: {} })
    await exchange.request.toArray()
    const read = async (): Promise<string> => readPayload(exchange, 'xhr-polling', 1000)
    await read().catch(codes.note)
    return codes.next()
  },
  SIO_HANDSHAKE_ORIGIN: inHandshake('SIO_HANDSHAKE_ORIGIN', '403 handshake bad origin', {}, '', {
    Origin: 'http://elsewhere.example',
  }),
  SIO_HANDSHAKE_UNAUTHORIZED: inHandshake('SIO_HANDSHAKE_UNAUTHORIZED', '403 handshake unauthorized', {
    authorize: () => false,
  }),
  SIO_HANDSHAKE_FAILED: inHandshake('SIO_HANDSHAKE_FAILED', '500 handshake error', {
    authorize: () => {
      throw new Error('the database hiccups')
    },
  }),
  SIO_HANDSHAKE_BUSY: async (t) => {
    const { url } = await startServer(t, {}, { maxHandshakes: 1 })
    await fetch(`${url}/socket.io/1/`)
    const response = await fetch(`${url}/socket.io/1/`)
    assert.equal(`${response.status} ${await response.text()}`, '503 handshake error')
    return 'SIO_HANDSHAKE_BUSY'
  },
  SIO_HANDSHAKE_REQUEST: inHandshake(
    'SIO_HANDSHAKE_REQUEST',
    '400 expected one of the transports xhr-polling',
    { transports: ['xhr-polling'] },
    'htmlfile/abc',
  ),
  SIO_HANDSHAKE_VERSION: inHandshake('SIO_HANDSHAKE_VERSION', '500 Protocol version not supported.', {}, '../2/'),
  SIO_PROTOCOL_PACKET: throwing(() => decodePacket('no packet')),
  SIO_PROTOCOL_PAYLOAD: throwing(() => [...splitPayload('\ufffd9\ufffd3:::x')]),
  SIO_PROTOCOL_LIMIT: throwing(() => [...splitPayload('\ufffd1\ufffda\ufffd1\ufffdb', 1)]),
  SIO_DISPATCH_NAMESPACE: async (t) => {
    const client = await openClient(t, await startServer(t, {}))
    assert.match(await client.ask('1::/chat'), /"args":\["no_such_namespace",/)
    return 'SIO_DISPATCH_NAMESPACE'
  },
  SIO_DISPATCH_DENIED: inDispatch(event('/chat', 'secret')),
  SIO_DISPATCH_METHOD: inDispatch(event('/chat', 'absent')),
  SIO_DISPATCH_EVENT: inDispatch(event('/chat', '')),
  SIO_HANDLER: async (t) => {
    const codes = new Codes()
    class Failing extends BaseNamespace {
      on_go() {
        throw new Error('failed')
      }
    }
    const errorHandler: ErrorHandler = (...args) => {
      codes.note(args.at(-1))
    }
    const client = await joinClient(t, await startServer(t, { '/chat': Failing }, { errorHandler }), '/chat')
    client.send(event('/chat', 'go'))
    return codes.next()
  },
  SIO_CONNECT: async (t) => {
    class Closed extends BaseNamespace {
      override recv_connect() {
        throw new ConnectError('members only')
      }
    }
    const namespaces: Record<string, NamespaceClass> = { '/chat': Closed }
    const client = await openClient(t, await startServer(t, namespaces))
    assert.equal(await client.ask('1::/chat'), '7::/chat:2')
    return new ConnectError('').code
  },
  SIO_CLOSED: inHandler((namespace) => {
    namespace.disconnect()
    return namespace.emitWithAck('question')
  }),
  SIO_ACK_TIMEOUT: inHandler((namespace) => namespace.timeout(1).emitWithAck('question')),
}

for (const code of Object.keys(errorCodes) as ErrorCode[]) {
  test(`${code} says that ${errorCodes[code]}`, async (t) => {
    assert.equal(await provocations[code](t), code)
  })
}
