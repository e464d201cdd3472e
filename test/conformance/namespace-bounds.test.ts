// Owns: how many namespaces a client may be in, how long their names may be, and that what it has left takes no place.
// Elsewhere: other bounds (bounds.test.ts, modern/bounds.test.ts), what a process keeps of many clients (../faults/memory.test.ts).
import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { BaseNamespace, ConnectError, type NamespaceClass, type Options } from '../../lib/index.js'
import { collectGarbage, held } from '../support/garbage.js'
import { generations, openIn, type NamespacePeer } from '../support/generations.js'
import { startServer } from '../support/server.js'

const instances: WeakRef<object>[] = []

class Any extends BaseNamespace {
  constructor(...args: ConstructorParameters<NamespaceClass>) {
    super(...args)
    instances.push(new WeakRef(this))
  }
  override recv_connect() {
    if (this.nsName.startsWith('/closed')) throw new ConnectError('no')
  }
  on_say(text: string) {
    return `${this.nsName.slice(0, 20)} ${text}`
  }
  on_leave() {
    this.disconnect()
  }
}

function open(t: TestContext, options: Options = {}) {
  return startServer(t, new Map([[/^\/.*$/, Any]]), options)
}

/** One after the other, never two at once. */
async function hop(peer: NamespacePeer, count: number): Promise<void> {
  for (let number = 0; number < count; number++) {
    await peer.enter(`/room-${number}`)
    peer.leave(`/room-${number}`)
  }
}

for (const generation of generations) {
  describe(`a client of ${generation}`, () => {
    test('that hops through namespaces is let in however many it has left', async (t) => {
      const peer = await openIn(t, await open(t, { maxNamespacesPerSocket: 3 }), generation)
      await hop(peer, 50)
      peer.ask(1, '', 'none')
      await peer.settled()
      await peer.enter('/one')
      await peer.enter('/two')
      peer.connect('/three')
      assert.equal(await peer.next(), 'refused /three')
      peer.leave('/one')
      await peer.settled()
      await peer.enter('/three')
    })

    test('that hops through 250 namespaces is let in by default', async (t) => {
      const peer = await openIn(t, await open(t), generation)
      await hop(peer, 250)
    })

    test('that is refused and made to leave has its places back', async (t) => {
      const peer = await openIn(t, await open(t, { maxNamespacesPerSocket: 3 }), generation)
      for (let number = 0; number < 20; number++) {
        peer.connect(`/closed-${number}`)
        assert.equal(await peer.next(), `refused /closed-${number}`)
        await peer.enter(`/left-${number}`)
        peer.emit(`/left-${number}`, 'leave')
        assert.equal(await peer.next(), `left /left-${number}`)
      }
      await peer.enter('/one')
      await peer.enter('/two')
      peer.connect('/three')
      assert.equal(await peer.next(), 'refused /three')
    })

    test('that has left a namespace keeps nothing of its instance', async (t) => {
      const peer = await openIn(t, await open(t), generation)
      instances.length = 0
      await hop(peer, 40)
      for (let number = 0; number < 10; number++) {
        peer.connect(`/closed-${number}`)
        await peer.next()
      }
      await peer.settled()
      assert.equal(instances.length, 50)
      // The last one may be in a frame that is still there.
      assert.ok((await held(instances)) <= 1)
      assert.ok(peer.isOpen)
    })

    test('whose late event is for a namespace that it left long ago is served on', async (t) => {
      const peer = await openIn(t, await open(t, { maxNamespacesPerSocket: 3 }), generation)
      await peer.enter('/here')
      await hop(peer, 3)
      // Its name is still known: an event that was on its way is dropped.
      peer.emit('/room-2', 'say', 'late')
      peer.ask(1, '/here', 'say', 'hello')
      assert.equal(await peer.next(), 'ack /here 1 ["/here hello"]')
    })

    test('may name a namespace by maxNamespaceLength characters, and one more is a name that is not declared', async (t) => {
      const server = await open(t, { maxNamespaceLength: 50 })
      const peer = await openIn(t, server, generation)
      const longest = `/${'n'.repeat(49)}`
      await peer.enter(longest)
      peer.ask(1, longest, 'say', 'hello')
      assert.equal(await peer.next(), `ack ${longest} 1 ["${longest.slice(0, 20)} hello"]`)
      const tooLong = `${longest}n`
      peer.connect(tooLong)
      const answer = await peer.next()
      if (generation === '0.9') assert.match(answer, new RegExp(`^event ${tooLong} error \\["no_such_namespace",`))
      else assert.equal(answer, `refused ${tooLong}`)
      if (generation === '4') assert.equal(peer.frames.at(-1), `44${tooLong},{"message":"Invalid namespace"}`)
      if (generation === '2') assert.equal(peer.frames.at(-1), `44${tooLong},"Invalid namespace"`)
      peer.ask(2, longest, 'say', 'again')
      assert.equal(await peer.next(), `ack ${longest} 2 ["${longest.slice(0, 20)} again"]`)
    })

    test('may name a namespace by 256 characters by default, and by 257 not', async (t) => {
      const peer = await openIn(t, await open(t), generation)
      await peer.enter(`/${'n'.repeat(255)}`)
      peer.connect(`/${'m'.repeat(256)}`)
      assert.doesNotMatch(await peer.next(), /^connected /)
    })

    test('makes nothing by long names, whatever packet they are in', async (t) => {
      const peer = await openIn(t, await open(t), generation)
      const long = `/${'n'.repeat(10_000)}`
      instances.length = 0
      // On 4 only a connect may come before a connect.
      if (generation !== '4') {
        peer.emit(long, 'say', 'hello')
        peer.ask(1, long, 'say', 'hello')
      }
      peer.connect(long)
      peer.leave(long)
      await peer.settled()
      assert.equal(instances.length, 0)
      await peer.enter('/here')
    })
  })
}

/** What this process keeps now. */
async function kept(): Promise<number> {
  await collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

for (const generation of generations) {
  test(`names of 900 kB that a client of ${generation} asks for and leaves are not kept`, async (t) => {
    const peer = await openIn(t, await open(t, { errorHandler: () => {} }), generation)
    await peer.enter('/here')
    const before = await kept()
    for (let number = 0; number < 90; number++) {
      const name = `/${number}${'n'.repeat(900_000)}`
      peer.connect(name)
      peer.leave(name)
      await peer.settled()
      peer.frames.length = 0
    }
    const grown = (await kept()) - before
    assert.ok(grown < 15_000_000, `${grown} bytes are kept`)
  })
}
