// Owns: what the counting script makes the real clients of 0.9 and 2 say when they come back, and what it leaves as it was.
// Elsewhere: what the server does with it (test/faults/recovery), how pages get it (../faces/client-files.test.ts).
import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { createRequire } from 'node:module'
import { test, type TestContext } from 'node:test'
import { compileFunction } from 'node:vm'
import { BaseNamespace } from '../../../lib/index.js'
import { seenScript } from '../../../lib/server/seen-script.js'
import { watchRest } from '../../support/at-rest.js'
import { Journal } from '../../support/journal.js'
import { leave09 } from '../../support/leave-09.js'
import { withoutWebSocket } from '../../support/node-client.js'
import { withSeen } from '../../support/seen.js'
import { startServer } from '../../support/server.js'

const require = createRequire(import.meta.url)

interface Listening {
  on(event: string, listener: (...args: unknown[]) => void): void
  emit(event: string, ...args: unknown[]): void
  disconnect(): void
}
interface Transport {
  onData(data: string): void
  clearTimeouts(): void
}
interface OldConnection {
  readonly options: { query: string; reconnect: boolean }
  readonly connected: boolean
  readonly transport: Transport
  sessionid: string
  seen: number
  connect(): void
  disconnect(): void
}
interface OldSocket extends Listening {
  readonly socket: OldConnection
}
interface OldLibrary {
  transports: string[]
  connect(url: string, options: object): OldSocket
}
interface Manager {
  readonly opts: { query?: unknown }
  readonly engine: {
    readonly id: string
    on(event: string, listener: () => void): void
    emit(event: string, data: string): void
  }
  uri: string
  seen: number
  reconnection(isWanted: boolean): void
  socket(endpoint: string): NewSocket
}
interface NewSocket extends Listening {
  readonly io: Manager
  connect(): void
}
type NewLibrary = ((url: string, options: object) => NewSocket) & { readonly Manager: { prototype: object } }

const rethrows: (() => void)[] = []
const io09 = withSeen(require('socket.io-client-09') as OldLibrary, (rethrow) => rethrows.push(rethrow))
const io2 = withSeen(
  withoutWebSocket(() => require('socket.io-client-2') as NewLibrary),
  (rethrow) => rethrows.push(rethrow),
)

class Chat extends BaseNamespace {
  // Three events and an ack.
  on_three() {
    for (const number of [1, 2, 3]) this.emit('number', number)
    return 'done'
  }

  on_bytes() {
    this.emit('bytes', Buffer.from('ab'), Buffer.from('cd'))
  }

  on_words() {
    this.send('text')
    this.send({ a: 'json' }, { json: true })
  }
}

/** A server, what is asked of it, and an end to all of its connections. */
async function serve(t: TestContext) {
  const { io, server, url } = await startServer(t, { '': Chat, '/chat': Chat, '/other': Chat })
  const atRest = watchRest({ io, server })
  const asked = new Journal<URL>()
  const sockets = new Set<Socket>()
  server.prependListener('request', ({ url: path = '' }: { url?: string }) => {
    asked.note(new URL(path, url))
  })
  server.on('connection', (socket: Socket) => sockets.add(socket))
  return {
    url,
    asked,
    cut: async (isUpgrading = false) => {
      await atRest(isUpgrading)
      for (const socket of sockets) socket.destroy()
    },
  }
}

const isHandshake = ({ pathname, searchParams }: URL): boolean =>
  /\/1\/?$/.test(pathname) || (searchParams.has('EIO') && !searchParams.has('sid'))

/** The query of the handshake of that number, without what changes each time. */
async function handshake(asked: Journal<URL>, number: number): Promise<Record<string, string>> {
  for (let count = 1; ; count++) {
    const found = (await asked.until(count)).filter(isHandshake)[number]
    if (found === undefined) continue
    const { t: _t, EIO: _eio, transport: _transport, b64: _b64, ...query } = Object.fromEntries(found.searchParams)
    return query
  }
}

function saying(urls: readonly URL[]): URL[] {
  return urls.filter((url) => !isHandshake(url) && (url.searchParams.has('resume') || url.searchParams.has('seen')))
}

const heard = (socket: Listening, event: string): Promise<unknown[]> =>
  new Promise((resolve) => {
    socket.on(event, (...args) => {
      resolve(args)
    })
  })

const ask = (socket: Listening, event: string): Promise<unknown> =>
  new Promise((resolve) => {
    socket.emit(event, resolve)
  })

/** A listener that throws at the first of three events: all are received, and the page is told of its error. */
async function assertThrowIsKept(chat: Listening): Promise<void> {
  const numbers: unknown[] = []
  chat.on('number', (number) => {
    numbers.push(number)
    if (number === 1) throw new Error('in the page')
  })
  rethrows.length = 0
  await ask(chat, 'three')
  assert.deepEqual(numbers, [1, 2, 3])
  assert.equal(rethrows.length, 1)
  assert.throws(() => rethrows[0]?.(), /in the page/)
}

function connectOld(t: TestContext, transport: string, url: string): OldSocket {
  io09.transports = [transport]
  const socket = io09.connect(url, { 'force new connection': true, 'reconnection delay': 20 })
  t.after(() => {
    leave09(socket.socket)
  })
  return socket
}

for (const transport of ['websocket', 'xhr-polling']) {
  test(`a client of 0.9 on ${transport} says who it was and what it has received, behind its page's query`, async (t) => {
    const { url, asked, cut } = await serve(t)
    const chat = connectOld(t, transport, `${url}/chat?user=ada`)
    await heard(chat, 'connect')
    assert.deepEqual(await handshake(asked, 0), { user: 'ada' })
    // A message, one of json, three events and an ack.
    chat.emit('words')
    await ask(chat, 'three')
    const first = chat.socket.sessionid

    const back = heard(chat, 'reconnect')
    await cut()
    await back
    assert.deepEqual(await handshake(asked, 1), { user: 'ada', resume: first, seen: '6' })
    assert.equal(chat.socket.options.query, 'user=ada')

    await ask(chat, 'three')
    const second = chat.socket.sessionid
    await cut()
    assert.deepEqual(await handshake(asked, 2), { user: 'ada', resume: second, seen: '10' })
    assert.deepEqual(saying(asked.entries), [])
  })
}

test('a client of 0.9 that has received nothing says so', async (t) => {
  const { url, asked, cut } = await serve(t)
  const chat = connectOld(t, 'websocket', `${url}/chat`)
  await heard(chat, 'connect')
  const { sessionid } = chat.socket
  await cut()
  assert.deepEqual(await handshake(asked, 1), { resume: sessionid, seen: '0' })
})

test('a client of 0.9 that has left comes back as a new one', async (t) => {
  const { url, asked } = await serve(t)
  const chat = connectOld(t, 'websocket', `${url}/chat`)
  await heard(chat, 'connect')
  chat.socket.disconnect()
  chat.socket.connect()
  assert.deepEqual(await handshake(asked, 1), {})
})

test('a client of 0.9 on xhr-polling that is told to reconnect says who it was', async (t) => {
  const { url, asked } = await serve(t)
  const chat = connectOld(t, 'xhr-polling', `${url}/chat`)
  await heard(chat, 'connect')
  const { sessionid } = chat.socket
  // As polls are answered whose session id is not known any more.
  chat.socket.transport.onData('7:::1+0')
  assert.deepEqual(await handshake(asked, 1), { resume: sessionid, seen: '0' })
})

test('on 0.9, a listener that throws keeps nothing from the others, and is reported', async (t) => {
  const { url } = await serve(t)
  const chat = connectOld(t, 'xhr-polling', `${url}/chat`)
  await heard(chat, 'connect')
  await assertThrowIsKept(chat)
  assert.equal(chat.socket.seen, 4)
})

test('on 0.9, what a connection brings that was given up is dropped and not counted', async (t) => {
  const { url, cut } = await serve(t)
  const chat = connectOld(t, 'websocket', `${url}/chat`)
  await heard(chat, 'connect')
  const numbers: unknown[] = []
  chat.on('number', (number) => numbers.push(number))
  const { transport } = chat.socket
  const late = '5::/chat:{"name":"number","args":["late"]}'
  const lost = heard(chat, 'disconnect')
  const back = heard(chat, 'reconnect')
  await cut()
  await lost
  transport.onData(late)
  await back
  transport.onData(late)
  // It waits for a minute to be closed.
  transport.clearTimeouts()
  await ask(chat, 'three')
  assert.deepEqual([numbers, chat.socket.seen], [[1, 2, 3], 4])
})

function connectNew(t: TestContext, url: string, options: object): NewSocket {
  const socket = io2(url, { forceNew: true, reconnectionDelay: 20, ...options })
  t.after(() => {
    socket.io.reconnection(false)
    socket.disconnect()
  })
  return socket
}

const queries: readonly (readonly [name: string, path: string, query: unknown])[] = [
  ['an object', '/chat', { user: 'ada' }],
  ['a text', '/chat', 'user=ada'],
  ['of the address', '/chat?user=ada', undefined],
  ['of the address, with a fragment', '/chat?user=ada#top', undefined],
]

for (const transports of [['polling'], ['websocket'], ['polling', 'websocket']]) {
  for (const [name, path, query] of queries) {
    test(`a client of 2 on ${transports.join(' and ')} says who it was and what it has received; the page's query is ${name}`, async (t) => {
      const { url, asked, cut } = await serve(t)
      const chat = connectNew(t, `${url}${path}`, { transports, ...(query !== undefined && { query }) })
      const { io: manager } = chat
      const isUpgrading = transports.length > 1
      await heard(chat, 'connect')
      assert.deepEqual(await handshake(asked, 0), { user: 'ada' })
      const before = JSON.stringify([manager.uri, manager.opts.query])
      const other = manager.socket('/other')
      await ask(chat, 'three')
      await ask(other, 'three')
      const bytes = heard(chat, 'bytes')
      chat.emit('bytes')
      await bytes
      const first = manager.engine.id

      const back = heard(chat, 'reconnect')
      await cut(isUpgrading)
      await back
      assert.deepEqual(await handshake(asked, 1), { user: 'ada', resume: first, seen: '9' })
      assert.equal(JSON.stringify([manager.uri, manager.opts.query]), before)

      await ask(chat, 'three')
      const second = manager.engine.id
      await cut(isUpgrading)
      assert.deepEqual(await handshake(asked, 2), { user: 'ada', resume: second, seen: '13' })
      assert.deepEqual(saying(asked.entries), [])
      if (typeof query === 'object') assert.deepEqual(query, { user: 'ada' })
    })
  }
}

test('a client of 2 that has left comes back as a new one', async (t) => {
  const { url, asked } = await serve(t)
  const chat = connectNew(t, `${url}/chat`, {})
  await heard(chat, 'connect')
  chat.disconnect()
  chat.connect()
  assert.deepEqual(await handshake(asked, 1), {})
})

test('on 2, a listener that throws keeps nothing from the others, and is reported', async (t) => {
  const { url } = await serve(t)
  const chat = connectNew(t, `${url}/chat`, { transports: ['polling'] })
  await heard(chat, 'connect')
  await assertThrowIsKept(chat)
  assert.equal(chat.io.seen, 4)
})

test('on 2, an event whose attachments did not arrive does not fail what comes after it', async (t) => {
  const { url, cut } = await serve(t)
  const chat = connectNew(t, `${url}/chat`, { transports: ['websocket'] })
  await heard(chat, 'connect')
  chat.io.engine.emit('data', '51-/chat,["bytes",{"_placeholder":true,"num":0}]')
  const back = heard(chat, 'reconnect')
  await cut()
  await back
  assert.equal(await ask(chat, 'three'), 'done')
  assert.equal(chat.io.seen, 4)
})

test('the script that comes twice counts once', async (t) => {
  withSeen(io09)
  withSeen(io2)
  const { url } = await serve(t)
  const old = connectOld(t, 'websocket', `${url}/chat`)
  await heard(old, 'connect')
  await ask(old, 'three')
  assert.equal(old.socket.seen, 4)
  const newer = connectNew(t, `${url}/chat`, {})
  await heard(newer, 'connect')
  await ask(newer, 'three')
  assert.equal(newer.io.seen, 4)
})

for (const version of ['3', '4']) {
  test(`a client of ${version} is left as it is`, () => {
    const { Manager } = require(`socket.io-client-${version}`) as NewLibrary
    const before = Object.getOwnPropertyDescriptors(Manager.prototype)
    withSeen(require(`socket.io-client-${version}`) as NewLibrary)
    assert.deepEqual(Object.getOwnPropertyDescriptors(Manager.prototype), before)
  })
}

test('without modules it applies to the io of the page, and without one it does nothing', () => {
  const page = compileFunction(seenScript, ['io', 'module']) as (io?: object) => void
  const Socket = { prototype: { seen: undefined } }
  page({ Socket, Transport: { prototype: {} } })
  assert.equal(Socket.prototype.seen, 0)
  page()
  page({})
})

test('the script is one that browsers of its time read', () => {
  assert.doesNotMatch(seenScript, /=>|`|\b(?:let|const|class)\b|\.\.\.|,\s*[}\])]|\?\.|\?\?/)
  // A word of the language as a name, which these do not read.
  assert.doesNotMatch(seenScript, /\.(?:catch|default|delete|finally|in|new|this|throw|try|typeof)\b/)
  // A try without a catch does not clean up there.
  assert.doesNotMatch(seenScript, /\bfinally\b/)
})
