// Owns: real clients whose login expires: each is told why, stays away by itself, and may come back with another login.
// Elsewhere: what goes over the wire (test/conformance/namespaces/expires.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace } from '../../lib/index.js'
import { Journal } from '../support/journal.js'
import { generations, nodeClient, type Generation } from '../support/node-client.js'
import { startServer } from '../support/server.js'
import { modernWays } from './suite/node-rows.js'

function waysOf(generation: Generation): readonly string[] {
  return generation === '0.9' ? ['websocket', 'xhr-polling'] : modernWays
}

for (const generation of generations) {
  for (const way of waysOf(generation)) {
    test(`client ${generation} by ${way} is told that its login has expired, and comes back only when it asks`, async (t) => {
      const steps = new Journal<string>()
      class Chat extends BaseNamespace {
        override recv_connect() {
          steps.note('connect')
        }

        on_expire() {
          this.expires = new Date(Date.now() + 50)
        }

        on_hi() {
          return 'hi'
        }

        override recv_disconnect(reason: string) {
          steps.note(reason)
        }
      }
      const { url } = await startServer(t, { '/chat': Chat })
      const client = nodeClient(t, url, way, generation)
      const heard = await client.run(async ({ connect, ask, listen, hear, heard: all }) => {
        const socket = connect('/chat')
        await ask(socket, 'hi')
        listen(socket, 'error', 'disconnect')
        socket.emit('expire')
        await hear('disconnect')
        await new Promise((resolve) => setTimeout(resolve, 300))
        return all
      })
      assert.deepEqual(steps.entries, ['connect', 'authorization expired'])
      assert.deepEqual(heard[0], ['error', 'authorization_expired', 'The authorization has expired'])
      assert.deepEqual(
        heard.map(([event]) => event),
        ['error', 'disconnect'],
      )
      const again = await nodeClient(t, url, way, generation).run(({ connect, ask }) => ask(connect('/chat'), 'hi'))
      assert.deepEqual(again, ['hi'])
    })
  }
}
