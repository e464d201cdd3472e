// Owns: a client that leaves and connects to one namespace faster than that ends: what it did last is what holds.
// Elsewhere: one goodbye and one connect (leaving.test.ts, ../modern/connect.test.ts), bounds of what waits (../bounds-of-waiting.test.ts).
import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { BaseNamespace, type DisconnectReason } from '../../../lib/index.js'
import { generations, openIn, type Generation } from '../../support/generations.js'
import { Queue } from '../../support/wire-client.js'
import { Gate } from '../../support/wire-client.js'
import { startServer } from '../../support/server.js'

async function open(t: TestContext, generation: Generation) {
  const seen = new Queue<string>('something that an instance saw')
  const gate = new Gate()
  let instances = 0
  class Chat extends BaseNamespace {
    readonly number = ++instances
    override recv_connect() {
      seen.push(`${this.number} connects`)
    }
    async on_work() {
      seen.push(`${this.number} works`)
      await gate.opened
    }
    on_say(text: string) {
      seen.push(`${this.number} hears ${text}`)
    }
    override recv_disconnect(reason: DisconnectReason) {
      seen.push(`${this.number} ends: ${reason}`)
      super.recv_disconnect(reason)
    }
  }
  const server = await startServer(t, { '/chat': Chat })
  const peer = await openIn(t, server, generation)
  await peer.enter('/chat')
  peer.emit('/chat', 'work')
  assert.deepEqual(await seen.take(2), ['1 connects', '1 works'])
  const finish = async (): Promise<void> => {
    gate.open()
    for (let turns = 0; turns < 20; turns++) await turn()
  }
  const listed = async (): Promise<number> => (await server.io.of('/chat').fetchSockets()).length
  return { server, peer, seen, finish, listed }
}

const left = '1 ends: client namespace disconnect'

for (const generation of generations) {
  describe(`a client of ${generation} behind a slow handler`, () => {
    for (let rounds = 1; rounds <= 3; rounds++) {
      test(`that leaves, and connects and leaves ${rounds} times more, is nowhere`, async (t) => {
        const { peer, seen, finish, listed } = await open(t, generation)
        peer.leave('/chat')
        for (let round = 0; round < rounds; round++) {
          peer.connect('/chat')
          peer.leave('/chat')
        }
        assert.deepEqual(await peer.settled(), [])
        await finish()
        assert.deepEqual(await peer.settled(), [])
        assert.deepEqual(seen.takeAll(), [left])
        assert.equal(await listed(), 0)
        await peer.enter('/chat')
        assert.equal(await listed(), 1)
        assert.deepEqual(seen.takeAll(), ['2 connects'])
      })

      test(`that leaves and connects ${rounds} times is in once, and is told so once`, async (t) => {
        const { peer, seen, finish, listed } = await open(t, generation)
        for (let round = 0; round < rounds; round++) {
          peer.leave('/chat')
          peer.connect('/chat')
        }
        peer.emit('/chat', 'say', 'last')
        assert.deepEqual(await peer.settled(), [])
        await finish()
        assert.deepEqual(await peer.settled(), ['connected /chat'])
        assert.deepEqual(seen.takeAll(), [left, '2 connects', '2 hears last'])
        assert.equal(await listed(), 1)
      })
    }

    test('whose events of a life that it took back are not handled in another', async (t) => {
      const { peer, seen, finish } = await open(t, generation)
      peer.leave('/chat')
      peer.connect('/chat')
      peer.emit('/chat', 'say', 'taken back')
      peer.leave('/chat')
      peer.connect('/chat')
      peer.emit('/chat', 'say', 'last')
      await peer.settled()
      await finish()
      assert.deepEqual(seen.takeAll(), [left, '2 connects', '2 hears last'])
    })

    test('whose events between its goodbye and its connect are dropped', async (t) => {
      const { peer, seen, finish } = await open(t, generation)
      peer.emit('/chat', 'say', 'before')
      peer.leave('/chat')
      peer.emit('/chat', 'say', 'between')
      peer.connect('/chat')
      peer.emit('/chat', 'say', 'after')
      await peer.settled()
      await finish()
      assert.deepEqual(seen.takeAll(), ['1 hears before', left, '2 connects', '2 hears after'])
    })

    test('that connects twice after its goodbye is in once', async (t) => {
      const { peer, seen, finish, listed } = await open(t, generation)
      peer.leave('/chat')
      peer.connect('/chat')
      peer.connect('/chat')
      await peer.settled()
      await finish()
      assert.deepEqual(await peer.settled(), ['connected /chat'])
      assert.deepEqual(seen.takeAll(), [left, '2 connects'])
      assert.equal(await listed(), 1)
    })

    test('that is lost while its next life waits ends once, and nothing is made for it', async (t) => {
      const { server, peer, seen, finish, listed } = await open(t, generation)
      peer.leave('/chat')
      peer.connect('/chat')
      peer.emit('/chat', 'say', 'last')
      await peer.settled()
      peer.reset()
      while ((await server.io.sockets.fetchSockets()).length > 0) await turn()
      await finish()
      // What it sent before it left is done all the same.
      assert.equal(await seen.next(), left)
      await finish()
      assert.deepEqual(seen.takeAll(), [])
      assert.equal(await listed(), 0)
    })

    test('that is kicked while its next life waits ends once, is told, and nothing is made for it', async (t) => {
      const { server, peer, seen, finish, listed } = await open(t, generation)
      peer.leave('/chat')
      peer.connect('/chat')
      await peer.settled()
      server.io.of('/chat').disconnectSockets()
      await finish()
      assert.match((await peer.next()).replace('left', 'refused'), /^refused \/chat$/)
      assert.match(await seen.next(), /^1 ends: /)
      await finish()
      assert.deepEqual(seen.takeAll(), [])
      assert.deepEqual(await peer.settled(), [])
      assert.equal(await listed(), 0)
    })
  })
}
