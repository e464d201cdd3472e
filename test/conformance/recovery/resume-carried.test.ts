// Owns: namespaces that a client of Socket.IO 4 entered anew on the connection on which it came back to another one: what they keep, and
// what of it counts as written or as confirmed.
// Elsewhere: namespaces that it came back to (resume-confirmed.test.ts), how they end (resume-kicked.test.ts).
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { BaseNamespace, Options } from '../../../lib/index.js'
import { ResumingPeer } from '../../support/resuming-peer.js'
import { noting, startResuming, type Life } from '../../support/resuming-server.js'

const said = (number: unknown): string => JSON.stringify(['said', number])

/** A client that is back in `/chat`, and has entered `/new` before that on the same connection. */
async function startCarrying(t: TestContext, options: Options = {}) {
  const namespaces = new Map<string, BaseNamespace>()
  const known = (life: Life) =>
    class extends noting(life) {
      override recv_connect(): unknown {
        namespaces.set(this.nsName, this)
        return super.recv_connect()
      }
    }
  const { io, life, url } = await startResuming(t, options, (noted) => ({
    '/chat': known(noted),
    '/new': known(noted),
  }))
  const before = await ResumingPeer.open(t, url)
  const { data } = await before.connect('/chat')
  before.cut()
  await life.has('suspended transport close')
  const peer = await ResumingPeer.open(t, url)
  const fresh = await peer.connect('/new')
  await peer.connect('/chat', { pid: data.pid })
  const own = (endpoint: string): BaseNamespace => namespaces.get(endpoint) as BaseNamespace
  return { io, life, url, peer, own, pids: { '/chat': data.pid, '/new': fresh.data.pid } as Record<string, string> }
}

test('what was sent in the turn in which the connection broke was not written, and is sent once', async (t) => {
  const { life, url, peer, own, pids } = await startCarrying(t)
  for (const endpoint of ['/new', '/chat']) own(endpoint).emit('ask', 'before', () => {})
  await peer.settled()
  own('/new').request.socket.destroy()
  for (const endpoint of ['/new', '/chat', '/new']) {
    own(endpoint).emit('said', 'in that turn')
    own(endpoint).emit('ask', 'in that turn', () => {})
  }
  await life.has('suspended transport close', 3)
  const last = await ResumingPeer.open(t, url)
  for (const [endpoint, times] of [
    ['/chat', 1],
    ['/new', 2],
  ] as const) {
    last.ask(endpoint, { pid: pids[endpoint] })
    const [answer, ...frames] = await last.settled()
    assert.ok(answer?.startsWith(`40${endpoint},`), answer)
    const events = frames.map((frame) => frame.replace(/^42[^[]*(\d*)(\[.*?"in that turn").*$/, '$2]'))
    const pair = ['["said","in that turn"]', '["ask","in that turn"]']
    assert.deepEqual(events, times === 1 ? pair : [...pair, ...pair])
  }
})

for (const first of ['/chat', '/new']) {
  test(`a namespace that is carried is lost no event by its size, where its client answers (${first} first)`, async (t) => {
    const { life, url, peer, own, pids } = await startCarrying(t, { recovery: { maxBytes: 20_000 } })
    for (let number = 0; number < 200; number++) {
      own('/new').emit('said', 'x'.repeat(500))
      await peer.event()
    }
    peer.cut()
    await life.has('suspended transport close', 3)
    own('/new').emit('said', 'away')
    const last = await ResumingPeer.open(t, url)
    const answers = new Map<string, string | undefined>()
    for (const endpoint of [first, first === '/new' ? '/chat' : '/new']) {
      const { data, events } = await last.connect(endpoint, { pid: pids[endpoint] })
      answers.set(endpoint, events.at(-1))
      assert.equal(data.pid, pids[endpoint])
    }
    assert.equal(answers.get('/new'), said('away'))
    assert.equal(life.count('connect'), 2)
  })
}
