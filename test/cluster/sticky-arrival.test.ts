// Owns: that a connection which has come to stickyPrimary() is read to its first line and no further, and that the primary
// keeps none that a worker has taken.
// Elsewhere: what lines there are (unit/sticky/first-line.test.ts), what workers make of it (sticky.test.ts).
import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { readsOnDemand, receive } from '../../lib/sticky/arrival.js'
import { Delivery } from '../../lib/sticky/delivery.js'
import { within } from '../support/journal.js'

interface Arrival {
  readonly socket: Socket
  readonly head: string
  readonly url: string | undefined
}

/** Opens a connection to a server as the primary has one: the client's end, and what arrives. */
async function arrive(t: TestContext): Promise<{ client: Socket; arrival: Promise<Arrival> }> {
  const arrived = new EventEmitter()
  const server = createServer(readsOnDemand, (socket) => {
    t.after(() => socket.destroy())
    receive(socket, {
      maxLineSize: 1_000,
      lineTimeout: 10_000,
      arrived: (its, head, url) => arrived.emit('arrived', { socket: its, head: String(head), url }),
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1').setNoDelay()
  client.on('error', () => {})
  t.after(() => client.destroy())
  const arrival = within('an arrival', once(arrived, 'arrived')).then(([one]) => one as Arrival)
  return { client, arrival }
}

const ways: Readonly<Record<string, readonly string[]>> = {
  whole: ['GET /x HTTP/1.1\r\n'],
  'with something behind it': ['GET /x HTTP/1.1\r\nHost: x\r\n\r\n'],
  'byte by byte': Array.from('\r\nGET /x HTTP/1.1\r\n'),
  'cut in front of its end': ['GET /x HTTP/1.1\r', '\nHost'],
}

for (const [how, pieces] of Object.entries(ways)) {
  test(`a first line that comes ${how} is read, and what comes behind it later is not`, async (t) => {
    const { client, arrival } = await arrive(t)
    for (const piece of pieces) {
      client.write(piece)
      await pause(5)
    }
    const { socket, head, url } = await arrival
    assert.deepEqual({ head, url }, { head: pieces.join(''), url: '/x' })
    for (let times = 0; times < 20; times++) {
      client.write('later')
      await pause(2)
    }
    // Another process is to read these: here they would be lost.
    assert.deepEqual([socket.bytesRead, socket.readableLength], [head.length, 0])
  })
}

for (const [how, end] of [
  ['ends', (client: Socket) => client.end()],
  ['is reset', (client: Socket) => client.resetAndDestroy()],
] as const) {
  test(`a connection that ${how} within its first line is closed, and arrives nowhere`, async (t) => {
    const server = createServer(readsOnDemand, (socket) => {
      receive(socket, { maxLineSize: 1_000, lineTimeout: 10_000, arrived: () => assert.fail('it has arrived') })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.after(() => server.close())
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
    client.on('error', () => {})
    const [socket] = (await once(server, 'connection')) as [Socket]
    const closed = new Promise((resolve) => socket.on('close', resolve))
    client.write('GET /')
    await pause(20)
    end(client)
    await within('the end of the connection', closed)
  })
}

/** A worker as node:cluster has them, which says nothing by itself. */
class QuietWorker {
  readonly sent: Socket[] = []
  failing = false
  send(_message: object, socket: Socket, options: object, done: (error: Error | null) => void): boolean {
    assert.deepEqual(options, { keepOpen: true })
    this.sent.push(socket)
    setImmediate(done, this.failing ? new Error('gone') : null)
    return true
  }
}

async function two(t: TestContext): Promise<Arrival[]> {
  return Promise.all(
    ['/one', '/two'].map(async (path) => {
      const { client, arrival } = await arrive(t)
      client.write(`GET ${path} HTTP/1.1\r\n`)
      return arrival
    }),
  )
}

test('a connection is open here until the worker has it, and the next is sent then', async (t) => {
  const [one, other] = (await two(t)) as [Arrival, Arrival]
  const worker = new QuietWorker()
  const delivery = new Delivery(worker as never)
  for (const { socket, url } of [one, other]) delivery.hand({ socket, head: Buffer.alloc(0), url })
  await pause(5)
  assert.deepEqual([worker.sent.length, one.socket.destroyed], [1, false])
  delivery.taken()
  assert.deepEqual([worker.sent.length, one.socket.destroyed, other.socket.destroyed], [2, true, false])
})

test('a worker that ends leaves what it was not sent, and what it has not taken is closed', async (t) => {
  const [one, other] = (await two(t)) as [Arrival, Arrival]
  const delivery = new Delivery(new QuietWorker() as never)
  for (const { socket, url } of [one, other]) delivery.hand({ socket, head: Buffer.alloc(0), url })
  assert.deepEqual(
    delivery.end().map(({ url }) => url),
    ['/two'],
  )
  assert.deepEqual([one.socket.destroyed, other.socket.destroyed], [true, false])
})

test('what cannot be sent is closed, and the next is tried', async (t) => {
  const [one, other] = (await two(t)) as [Arrival, Arrival]
  const worker = new QuietWorker()
  worker.failing = true
  const delivery = new Delivery(worker as never)
  for (const { socket, url } of [one, other]) delivery.hand({ socket, head: Buffer.alloc(0), url })
  await pause(20)
  assert.deepEqual([worker.sent.length, one.socket.destroyed, other.socket.destroyed], [2, true, true])
})
