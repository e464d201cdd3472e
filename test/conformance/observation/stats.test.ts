// Owns: io.stats(): that it says what clients see, at no cost that grows with them.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { BaseNamespace, type Io, type Stats } from '../../../lib/index.js'
import { readDocuments } from '../../support/documents.js'
import { ask, openPolling, startWebSocket } from '../../support/engine-peer.js'
import { enter, generations } from '../../support/generations.js'
import { startServer } from '../../support/server.js'

function inUse(counts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0))
}

/** Reads until it is so. */
async function until(io: Io, isSo: (stats: Stats) => boolean): Promise<Stats> {
  for (let tries = 0; tries < 1000; tries++) {
    const stats = io.stats()
    if (isSo(stats)) return stats
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return io.stats()
}

class Chat extends BaseNamespace {
  on_fail() {
    throw new Error('failed')
  }
  on_report() {
    this.error('my own', 'text', undefined, true)
    this.error('__proto__', 'text', undefined, true)
    this.error('constructor', 'text', undefined, true)
  }
}

for (const generation of generations) {
  describe(`a client of ${generation}`, () => {
    test('is counted from its opening to its end', async (t) => {
      const server = await startServer(t, { '/chat': Chat })
      assert.equal(server.io.stats().sockets, 0)
      const first = await enter(t, server, generation, '/chat')
      const second = await enter(t, server, generation, '/chat')
      const { sockets, byProtocol, byTransport } = server.io.stats()
      assert.equal(sockets, 2)
      assert.deepEqual(inUse(byProtocol), { [generation]: 2 })
      assert.deepEqual(inUse(byTransport), { websocket: 2 })
      first.close()
      const stats = await until(server.io, (now) => now.sockets === 1)
      assert.deepEqual(inUse(stats.byProtocol), { [generation]: 1 })
      assert.deepEqual(inUse(stats.byTransport), { websocket: 1 })
      second.close()
      await until(server.io, (now) => now.sockets === 0)
      assert.deepEqual(inUse(server.io.stats().byTransport), {})
      assert.deepEqual(inUse(server.io.stats().byProtocol), {})
    })

    test('errors are counted by our names, all others as one', async (t) => {
      const server = await startServer(t, { '/chat': Chat }, { errorHandler: () => {} })
      const peer = await enter(t, server, generation, '/chat')
      peer.emit('/chat', 'fail')
      peer.emit('/chat', 'fail')
      peer.emit('/chat', 'nothing')
      peer.emit('/chat', 'report')
      await peer.settled()
      assert.deepEqual(inUse(server.io.stats().errors), { handler_failed: 2, no_such_method: 1, other: 3 })
    })
  })
}

test('a session id that nobody has used yet is no client', async (t) => {
  const { io, url } = await startServer(t, { '/chat': Chat })
  const answer = await ask(`${url}/socket.io/1/`)
  assert.equal(answer.status, 200)
  assert.equal(io.stats().sockets, 0)
})

for (const revision of [3, 4] as const) {
  test(`a client of engine.io ${revision} that upgrades moves from polling to websocket, and stays there to its end`, async (t) => {
    const ends: unknown[] = []
    class Root extends BaseNamespace {
      override recv_disconnect() {
        ends.push(this.socket.transport)
      }
      on_there() {}
    }
    const { io, url } = await startServer(t, { '': Root })
    const polling = await openPolling(url, revision)
    assert.deepEqual(inUse(io.stats().byTransport), { polling: 1 })
    assert.deepEqual(inUse(io.stats().byProtocol), { [revision === 3 ? '2' : '4']: 1 })
    const peer = startWebSocket(t, `${url}/socket.io/?EIO=${revision}&transport=websocket&sid=${polling.sid}`)
    await peer.headers
    peer.send('2probe')
    assert.equal(await peer.text(), '3probe')
    assert.deepEqual(inUse(io.stats().byTransport), { polling: 1 })
    peer.send('5')
    await until(io, ({ byTransport }) => byTransport.websocket === 1)
    assert.deepEqual(inUse(io.stats().byTransport), { websocket: 1 })
    if (revision === 4) peer.send('40')
    peer.send('42["there"]')
    peer.websocket.close()
    await until(io, ({ sockets }) => sockets === 0)
    assert.deepEqual(inUse(io.stats().byTransport), {})
    assert.deepEqual(ends, ['websocket'])
  })
}

test('a client of 0.9 that changes its transport moves', async (t) => {
  const { io, url } = await startServer(t, { '/chat': Chat })
  const [sid] = (await ask(`${url}/socket.io/1/`)).body.split(':')
  const at = (transport: string): string => `${url}/socket.io/1/${transport}/${sid}`
  // A POST may be the first to come: no transport carries it then.
  assert.equal((await ask(at('xhr-polling'), { body: '1::/chat' })).body, '1')
  assert.equal(io.stats().sockets, 1)
  assert.deepEqual(inUse(io.stats().byTransport), {})
  assert.match((await ask(at('xhr-polling'))).body, /1::/)
  assert.deepEqual(inUse(io.stats().byTransport), { 'xhr-polling': 1 })
  const held = ask(`${at('jsonp-polling')}?i=0`, { headers: { 'sec-fetch-site': 'same-origin' } })
  await until(io, ({ byTransport }) => byTransport['jsonp-polling'] === 1)
  assert.deepEqual(inUse(io.stats().byTransport), { 'jsonp-polling': 1 })
  await ask(at('xhr-polling'), { body: '0::' })
  await held
  await until(io, ({ sockets }) => sockets === 0)
  assert.deepEqual(inUse(io.stats().byTransport), {})
})

test('it can be read after close(), and everyone is gone', async (t) => {
  const server = await startServer(t, { '/chat': Chat })
  for (const generation of generations) await enter(t, server, generation, '/chat')
  assert.equal(server.io.stats().sockets, 3)
  await server.io.close()
  const { sockets, byTransport, byProtocol, uptime } = server.io.stats()
  assert.equal(sockets, 0)
  assert.deepEqual([inUse(byTransport), inUse(byProtocol)], [{}, {}])
  assert.ok(uptime > 0)
})

test('every name that the docs have for an error is counted by itself', async (t) => {
  const { io } = await startServer(t, { '/chat': Chat })
  const docs = readDocuments().get('docs/api.md') ?? ''
  const [, table = ''] = /### What the client receives\n([^]*?)\nOne more name/.exec(docs) ?? []
  const names = [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name)
  assert.ok(names.length > 7)
  assert.deepEqual(new Set(Object.keys(io.stats().errors)), new Set([...names, 'adapter_failed', 'other']))
})

test('what is returned is a copy', async (t) => {
  const { io } = await startServer(t, { '/chat': Chat })
  const stats = io.stats() as unknown as { byTransport: { polling: number } }
  stats.byTransport.polling = 5
  assert.equal(io.stats().byTransport.polling, 0)
})
