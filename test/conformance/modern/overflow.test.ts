// Owns: the last bound on events that wait, for clients whose reading cannot be stopped for long.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { BaseNamespace } from '../../../lib/index.js'
import { FakeClock } from '../../support/clock.js'
import { startServer } from '../../support/server.js'
import { Queue } from '../../support/wire-client.js'

test('a newer client whose events pass what may wait after all is cut', async (t) => {
  const ends: string[] = []
  const ended = new Queue<string>('an end')
  const begun: unknown[] = []
  class Stuck extends BaseNamespace {
    on_work(number: unknown) {
      begun.push(number)
      return new Promise(() => {})
    }
    recv_disconnect(reason: string) {
      ends.push(reason)
      ended.push(reason)
    }
  }
  const clock = new FakeClock()
  const options = { maxQueuedEvents: 2, maxPacketsPerPayload: 3, pingTimeout: 20_000, clock }
  const { server, url } = await startServer(t, { '/chat': Stuck }, options)
  const engine = `${url}/socket.io/?EIO=4&transport=polling`
  const opening = await (await fetch(engine)).text()
  const { sid } = JSON.parse(opening.slice(1)) as { sid: string }
  const post = (body: string) => fetch(`${engine}&sid=${sid}`, { method: 'POST', body })
  await post('40/chat,')
  // One is being worked on, five may wait.
  for (const numbers of [
    [1, 2, 3],
    [4, 5, 6],
  ]) {
    const arrived = once(server, 'request')
    const posted = post(numbers.map((number) => `42/chat,["work",${number}]`).join('\x1e'))
    await arrived
    // No POST is held for longer than half of pingTimeout.
    clock.advance(10_000)
    await posted
  }
  assert.deepEqual(ends, [])
  const arrived = once(server, 'request')
  const posted = post('42/chat,["work",7]')
  await arrived
  clock.advance(9_999)
  assert.deepEqual(ends, [])
  clock.advance(1)
  await posted
  assert.equal(await ended.next(), 'limit exceeded')
  assert.deepEqual(begun, [1])
})
