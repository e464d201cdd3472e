// Owns: what becomes of namespaces that a client of Socket.IO 4 asks for on its new connection before it says whose that is.
// Elsewhere: the same with real clients (client-4.test.ts).
import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { ResumingPeer } from '../../support/resuming-peer.js'
import { awayFromTwo, lostFrom, noting, startResuming } from '../../support/resuming-server.js'
import { Gate } from '../../support/wire-client.js'

const said = (number: unknown): string => JSON.stringify(['said', number])

/** A server with /a, /b and /new; a client that had /a, and was lost. */
async function lose(t: TestContext, gate?: Gate) {
  const server = await startResuming(t, {}, (life) => {
    class Echo extends noting(life) {
      on_stop() {
        this.disconnect()
      }
      on_end() {
        this.socket.disconnect()
      }
    }
    return {
      '/a': Echo,
      '/b': Echo,
      '/new': class extends Echo {
        override recv_connect() {
          super.recv_connect()
          return gate?.opened
        }
      },
    }
  })
  const [data] = await lostFrom(t, server, '/a')
  server.io.of('/a').emit('said', 1)
  return { ...server, data }
}

async function comeBack(t: TestContext, url: string, pid: string): Promise<{ peer: ResumingPeer; sid: string }> {
  const peer = await ResumingPeer.open(t, url)
  const { sid } = (await peer.connect('/new')).data
  const answer = await peer.connect('/a', { pid })
  assert.deepEqual([answer.kind, answer.events, answer.data.pid], ['confirmed', [said(1)], pid])
  return { peer, sid }
}

describe('a namespace that was opened before its client came back', () => {
  test('goes on, beside the one that it came back to', async (t) => {
    const { io, url, data, life } = await lose(t)
    const { peer } = await comeBack(t, url, data.pid)
    io.of('/new').emit('said', 'new')
    io.of('/a').emit('said', 'a')
    assert.deepEqual([(await peer.event()).event, (await peer.event()).event], [said('new'), said('a')])
    peer.send('42/new,1["echo","n"]', '42/a,2["echo","a"]', '42/new,3["echo","m"]')
    assert.deepEqual(
      [await peer.frame(), await peer.frame(), await peer.frame()],
      ['43/new,1["n"]', '43/a,2["a"]', '43/new,3["m"]'],
    )
    assert.equal(life.count('connect'), 2)
    assert.equal(life.entries.filter((entry) => entry.startsWith('disconnect')).length, 0)
  })

  test('has its own acks', async (t) => {
    const { life, url, data } = await lose(t)
    const { peer } = await comeBack(t, url, data.pid)
    const answer = life.newest?.emitWithAck('ask')
    const { id } = await peer.event()
    peer.send(`43/new,${id}["yes"]`)
    assert.equal(await answer, 'yes')
  })

  test('is lost with the connection, and comes back by its own private id', async (t) => {
    const { io, url, data, life } = await lose(t)
    const peer = await ResumingPeer.open(t, url)
    const fresh = await peer.connect('/new')
    await peer.connect('/a', { pid: data.pid })
    io.of('/new').emit('said', 'before')
    await peer.event()
    peer.cut()
    await life.has('suspended transport close', 3)
    io.of('/new').emit('said', 'new')
    io.of('/a').emit('said', 2)
    for (const order of [
      ['/new', '/a'],
      ['/a', '/new'],
    ] as const) {
      const again = await ResumingPeer.open(t, url)
      for (const endpoint of order) {
        const own = endpoint === '/new' ? fresh.data : data
        const answer = await again.connect(endpoint, { pid: own.pid })
        assert.deepEqual(answer.data, own)
        assert.equal(answer.events.at(-1), endpoint === '/new' ? said('new') : said(2))
      }
      again.send('42/new,1["echo","n"]', '42/a,2["echo","a"]')
      assert.deepEqual([await again.frame(), await again.frame()], ['43/new,1["n"]', '43/a,2["a"]'])
    }
    assert.equal(life.count('connect'), 2)
  })

  test('ends alone', async (t) => {
    const { io, url, data } = await lose(t)
    const { peer } = await comeBack(t, url, data.pid)
    peer.send('42/new,["stop"]')
    assert.equal(await peer.frame(), '41/new,')
    io.of('/a').emit('said', 2)
    assert.equal((await peer.event()).event, said(2))
    // And can be entered again.
    const again = await peer.connect('/new')
    assert.equal(again.kind, 'confirmed')
    io.of('/new').emit('said', 3)
    assert.equal((await peer.event()).event, said(3))
  })

  test('ends the whole connection when it disconnects its socket', async (t) => {
    const { url, data, life } = await lose(t)
    const { peer } = await comeBack(t, url, data.pid)
    peer.send('42/new,["end"]')
    await peer.peer.closed
    await life.has('disconnect server namespace disconnect', 2)
  })

  test('ends with a connection that its client closes for good', async (t) => {
    const { io, url, data, life } = await lose(t)
    const { peer } = await comeBack(t, url, data.pid)
    peer.send('42/a,["end"]')
    await peer.peer.closed
    await life.has('disconnect server namespace disconnect', 2)
    assert.deepEqual(await io.of('/new').fetchSockets(), [])
  })
})

test('a namespace that is asked for and not confirmed yet is confirmed after its client came back', async (t) => {
  const gate = new Gate()
  const { io, url, data, life } = await lose(t, gate)
  const peer = await ResumingPeer.open(t, url)
  peer.ask('/new')
  const answer = await peer.connect('/a', { pid: data.pid })
  assert.deepEqual([answer.events, answer.data], [[said(1)], data])
  io.of('/new').emit('said', 'held')
  gate.open()
  assert.match(await peer.frame(), /^40\/new,\{/)
  assert.equal((await peer.event()).event, said('held'))
  assert.equal(life.count('connect'), 2)
})

test('a namespace of both is the one that was asked for anew, and the old one ends', async (t) => {
  const { io, url, life, a } = await awayFromTwo(t)
  const after = await ResumingPeer.open(t, url)
  const fresh = await after.connect('/b')
  assert.deepEqual((await after.connect('/a', { pid: a.pid })).data, a)
  await life.has('disconnect transport close')
  io.of('/b').emit('said', 1)
  assert.equal((await after.event()).event, said(1))
  const sockets = await io.of('/b').fetchSockets()
  assert.deepEqual(
    sockets.map(({ id }) => id),
    [fresh.data.sid],
  )
})

test('a namespace that its client does not ask for again ends after handshakeTimeout', async (t) => {
  const { io, url, life, a, b } = await awayFromTwo(t, { handshakeTimeout: 300 })
  const after = await ResumingPeer.open(t, url)
  await after.connect('/a', { pid: a.pid })
  await life.has('disconnect transport close')
  io.of('/a').emit('said', 1)
  assert.equal((await after.event()).event, said(1))
  const late = await after.connect('/b', { pid: b.pid })
  assert.notEqual(late.data.pid, b.pid)
})

describe('a server that drains, with a client that came back after it had opened a namespace', () => {
  for (const [busy, idle] of [
    ['/new', '/a'],
    ['/a', '/new'],
  ] as const) {
    test(`waits for a handler of ${busy}, and serves both meanwhile`, async (t) => {
      const gate = new Gate()
      const { io, url, life } = await startResuming(t, {}, (noted) => {
        class Slow extends noting(noted) {
          async on_slow() {
            noted.note('slow')
            await gate.opened
            return 'done'
          }
        }
        return { '/a': Slow, '/new': Slow }
      })
      const [data] = await lostFrom(t, { life, url }, '/a')
      const peer = await ResumingPeer.open(t, url)
      await peer.connect('/new')
      assert.deepEqual((await peer.connect('/a', { pid: data.pid })).data, data)
      peer.send(`42${busy},1["slow"]`)
      await life.has('slow')
      const closing = io.close({ drain: 10_000 })
      peer.send(`42${idle},2["echo","meanwhile"]`, `42${busy},3["echo","too"]`)
      assert.equal(await peer.frame(), `43${idle},2["meanwhile"]`)
      assert.equal(life.count('disconnect server shutting down'), 0)
      gate.open()
      assert.deepEqual([await peer.frame(), await peer.frame()], [`43${busy},1["done"]`, `43${busy},3["too"]`])
      await peer.peer.closed
      await closing
      assert.equal(life.count('disconnect server shutting down'), 2)
    })
  }
})
