// Owns: what the documentation says of the client's side, seen from the real 0.9.17 client.
// Elsewhere: everything else that it does with us (test/interop).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace } from '../../../lib/index.js'
import { nodeClient } from '../../support/node-client.js'
import { startServer } from '../../support/server.js'
import { Queue } from '../../support/wire-client.js'

test('the client is connected by io.connect() alone, and only its first packet creates a namespace', async (t) => {
  const seen = new Queue<string>()
  class Global extends BaseNamespace {
    initialize() {
      seen.push('initialize')
    }

    on_login() {
      seen.push('on_login')
      return 'welcome'
    }
  }
  const { url } = await startServer(t, { '': Global })
  const answer = await nodeClient(t, url, 'websocket').run(async ({ connect, next, ask }) => {
    const socket = connect('')
    await next(socket, 'connect')
    const before = seen.takeAll()
    return [before, await ask(socket, 'login')]
  })
  assert.deepEqual(answer, [[], ['welcome']])
  assert.deepEqual(seen.takeAll(), ['initialize', 'on_login'])
})

test("disconnect fires the client's disconnect event", async (t) => {
  class Booting extends BaseNamespace {
    on_boot() {
      this.disconnect()
    }
  }
  const { url } = await startServer(t, { '': Booting, '/chat': Booting })
  for (const endpoint of ['', '/chat']) {
    await nodeClient(t, url, 'websocket').run(async ({ connect, next }, path) => {
      const socket = connect(path)
      await next(socket, 'connect')
      socket.emit('boot')
      await next(socket, 'disconnect')
    }, endpoint)
  }
})

test("the client's library answers send by itself, and its listener answers emit by calling its last argument", async (t) => {
  const seen = new Queue<unknown[]>()
  class Asking extends BaseNamespace {
    on_ask() {
      this.send('text', { callback: () => seen.push(['send']) })
      this.emit('question', 1, (...answer: unknown[]) => seen.push(['emit', ...answer]))
    }
  }
  const { url } = await startServer(t, { '/chat': Asking })
  await nodeClient(t, url, 'websocket').run(({ connect }) => {
    const socket = connect('/chat')
    // Nobody listens for messages.
    socket.on('question', (number: number, ack: (...answer: unknown[]) => void) => ack('yes', number))
    socket.emit('ask')
  })
  assert.deepEqual(await seen.take(2), [['send'], ['emit', 'yes', 1]])
})
