// Owns: what one namespace sees of another of the same client while it opens: the same on every transport.
// Elsewhere: what it sees of them later (construction.test.ts).
import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { BaseNamespace } from '../../../lib/index.js'
import { openPolling, payload } from '../../support/engine-peer.js'
import { generations, openBare, openIn } from '../../support/generations.js'
import { startServer } from '../../support/server.js'
import { connectPeer, transports } from '../../support/v09-peers.js'
import { Queue } from '../../support/wire-client.js'

async function open(t: TestContext) {
  const seen = new Queue<unknown>('what a namespace saw of the other')
  class Root extends BaseNamespace {
    user = ''
    on_login(name: string) {
      this.user = name
    }
  }
  class Chat extends BaseNamespace {
    override initialize() {
      const root = this.socket.namespaces.get('') as Root | undefined
      seen.push(root?.user ?? 'nobody')
    }
    override recv_connect() {
      const root = this.socket.namespaces.get('') as Root | undefined
      seen.push(root?.user ?? 'nobody')
    }
  }
  return { seen, server: await startServer(t, { '': Root, '/chat': Chat }) }
}

for (const transport of transports) {
  test(`credentials of the global namespace are there in initialize of another, in one payload of ${transport}`, async (t) => {
    const { seen, server } = await open(t)
    const peer = await connectPeer(t, server, transport)
    await peer.send('5:::{"name":"login","args":["ada"]}', '1::/chat')
    assert.deepEqual(await seen.take(2), ['ada', 'ada'])
  })
}

for (const revision of [3, 4] as const) {
  test(`credentials of the global namespace are there in initialize of another, in one payload of engine.io ${revision}`, async (t) => {
    const { seen, server } = await open(t)
    const peer = await openPolling(server.url, revision)
    const connect = revision === 4 ? ['40'] : []
    await peer.post(payload(revision, ...connect, '42["login","ada"]', '40/chat,'))
    assert.deepEqual(await seen.take(2), ['ada', 'ada'])
  })
}

describe('frames that come in one piece', () => {
  for (const generation of generations) {
    test(`credentials of the global namespace are there in initialize of another, on a websocket of ${generation}`, async (t) => {
      const { seen, server } = await open(t)
      const peer = generation === '4' ? await openBare(t, server, '4') : await openIn(t, server, generation)
      peer.atOnce(() => {
        if (generation === '4') peer.connect('')
        peer.emit('', 'login', 'ada')
        peer.connect('/chat')
      })
      assert.deepEqual(await seen.take(2), ['ada', 'ada'])
    })

    test(`an instance whose steps are not asynchronous is open before the next packet is read, on a websocket of ${generation}`, async (t) => {
      const seen = new Queue<string>()
      class Chat extends BaseNamespace {
        override initialize() {
          seen.push(`initialize ${this.nsName} with ${[...this.socket.namespaces.keys()].toSorted().join()}`)
        }
        on_say(text: string) {
          seen.push(`${this.nsName} hears ${text} with ${[...this.socket.namespaces.keys()].toSorted().join()}`)
        }
      }
      const server = await startServer(t, { '/a': Chat, '/b': Chat })
      const peer = await openIn(t, server, generation)
      peer.atOnce(() => {
        peer.connect('/a')
        peer.emit('/a', 'say', 'one')
        peer.connect('/b')
        peer.emit('/b', 'say', 'two')
        peer.emit('/a', 'say', 'three')
      })
      const root = generation === '4' ? ',' : ''
      assert.deepEqual(await seen.take(5), [
        `initialize /a with ${generation === '4' ? '' : ''}`,
        `/a hears one with ${root}/a`,
        `initialize /b with ${root}/a`,
        `/b hears two with ${root}/a,/b`,
        `/a hears three with ${root}/a,/b`,
      ])
    })
  }
})
