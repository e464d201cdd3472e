// Owns: when an outage begins, when it is over, and that it is told once.
import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { test } from 'node:test'
import { Backplane } from '../../../lib/rooms/backplane.js'
import { Deadlines } from '../../../lib/support/timers.js'
import { FakeClock } from '../../support/clock.js'

function setUp(): { backplane: Backplane; reports: string[]; clock: FakeClock } {
  const clock = new FakeClock()
  const reports: string[] = []
  const backplane = new Backplane(new Deadlines(clock), (error, endpoint) => {
    reports.push(`${endpoint}: ${(error as Error).message}`)
  })
  return { backplane, reports, clock }
}

const lost = (): Promise<never> => Promise.reject(new Error('lost'))

test('an outage is told once, and the next one again', async () => {
  const { backplane, reports } = setUp()
  for (const sent of [lost(), lost()]) backplane.watch(sent, '/chat')
  await Promise.resolve()
  backplane.watch(lost(), '/news')
  await new Promise(setImmediate)
  assert.deepEqual(reports, ['/chat: lost'])
  backplane.watch(Promise.resolve(), '/chat')
  await new Promise(setImmediate)
  backplane.watch(lost(), '/news')
  await new Promise(setImmediate)
  assert.deepEqual(reports, ['/chat: lost', '/news: lost'])
})

test('what has not left within 5 seconds counts as lost', () => {
  const { backplane, reports, clock } = setUp()
  backplane.watch(new Promise(() => {}), '/chat')
  clock.advance(4999)
  assert.deepEqual(reports, [])
  clock.advance(1)
  assert.deepEqual(reports, ['/chat: nothing could be published within 5000 ms'])
})

test('what has left in time leaves no timer behind', async () => {
  const { backplane, clock } = setUp()
  backplane.watch(Promise.resolve(), '/chat')
  backplane.watch(lost(), '/chat')
  await new Promise(setImmediate)
  assert.equal(clock.timers, 0)
})

test('an error of a client is an outage until it is ready again', () => {
  const { backplane, reports } = setUp()
  const client = new EventEmitter()
  backplane.watchClient(client, '/chat')
  client.emit('error', new Error('refused'))
  client.emit('error', new Error('refused again'))
  client.emit('ready')
  client.emit('error', new Error('refused later'))
  assert.deepEqual(reports, ['/chat: refused', '/chat: refused later'])
})

test('an outage of two clients is over when both are ready', () => {
  const { backplane, reports } = setUp()
  const clients = [new EventEmitter(), new EventEmitter()]
  for (const client of clients) backplane.watchClient(client, '/chat')
  for (const client of clients) client.emit('error', new Error('refused'))
  clients[0]?.emit('ready')
  clients[0]?.emit('error', new Error('refused once more'))
  assert.deepEqual(reports, ['/chat: refused'])
})

test('a stand-in calls its client, watches what it promises, and gives it on', async () => {
  const { backplane, reports } = setUp()
  class Client {
    readonly #sent: string[] = []
    publish(text: string): Promise<string[]> {
      this.#sent.push(text)
      return text === 'bad' ? lost() : Promise.resolve(this.#sent)
    }
  }
  const client = new Client()
  const standIn = backplane.watchClient(client, '/chat')
  assert.equal(backplane.watchClient(client, '/news'), standIn)
  assert.deepEqual(await standIn.publish('good'), ['good'])
  void standIn.publish('bad')
  await new Promise(setImmediate)
  assert.deepEqual(reports, ['/chat: lost'])
})

test('nothing is told when all is closed, and clients are let go', async () => {
  const { backplane, reports } = setUp()
  const client = new EventEmitter()
  backplane.watchClient(client, '/chat')
  backplane.close()
  assert.deepEqual([client.listenerCount('error'), client.listenerCount('ready')], [0, 0])
  backplane.watch(lost(), '/chat')
  await new Promise(setImmediate)
  assert.deepEqual(reports, [])
})

test('an adapter that throws is reported once in 5 seconds, as long as it goes on', () => {
  const { backplane, reports, clock } = setUp()
  for (const nth of ['first', 'second']) backplane.threw(new Error(nth), '/chat')
  clock.advance(4999)
  backplane.threw(new Error('third'), '/chat')
  assert.equal(backplane.isDown, true)
  clock.advance(1)
  assert.equal(backplane.isDown, false)
  backplane.threw(new Error('fourth'), '/chat')
  assert.deepEqual(reports, ['/chat: first', '/chat: fourth'])
})

test('an outage that begins after an adapter has thrown is reported, and lasts', async () => {
  const { backplane, reports, clock } = setUp()
  backplane.threw(new Error('thrown'), '/chat')
  clock.advance(5000)
  backplane.watch(lost(), '/chat')
  await new Promise(setImmediate)
  clock.advance(5000)
  assert.equal(backplane.isDown, true)
  assert.deepEqual(reports, ['/chat: thrown', '/chat: lost'])
})
