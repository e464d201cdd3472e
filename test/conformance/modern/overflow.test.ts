// Owns: the last bound on events that wait, for clients whose reading cannot be stopped for long.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace } from '../../../lib/index.js'
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
  const { url } = await startServer(t, { '/chat': Stuck }, { maxQueuedEvents: 2, maxPacketsPerPayload: 3 })
  const engine = `${url}/socket.io/?EIO=4&transport=polling`
  const opening = await (await fetch(engine)).text()
  const { sid } = JSON.parse(opening.slice(1)) as { sid: string }
  const post = (body: string) => fetch(`${engine}&sid=${sid}`, { method: 'POST', body })
  await post('40/chat,')
  // One is being worked on, five may wait.
  await post([1, 2, 3, 4, 5, 6].map((number) => `42/chat,["work",${number}]`).join('\x1e'))
  assert.deepEqual(ends, [])
  await post('42/chat,["work",7]')
  assert.equal(await ended.next(), 'limit exceeded')
  assert.deepEqual(begun, [1])
})
