// Owns: clients of Socket.IO 4 whose namespaces end, or are broadcast to from elsewhere, while they are away.
// Elsewhere: those that end by themselves (resume-bounds.test.ts).
import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { Adapter } from 'socket.io-adapter'
import { BaseNamespace, type AdapterFactory, type SocketioMiddleware } from '../../../lib/index.js'
import { recordedClient } from '../../support/client-4.js'
import { ResumingPeer } from '../../support/resuming-peer.js'
import { awayFromTwo, lostFrom, noting, startResuming, type Life } from '../../support/resuming-server.js'

const said = (number: unknown): string => JSON.stringify(['said', number])

const kicks: Readonly<Record<string, (io: SocketioMiddleware, life: Life) => void>> = {
  'by disconnectSockets()': (io) => {
    io.of('/chat').disconnectSockets()
  },
  'by disconnectSockets(true)': (io) => {
    io.of('/chat').disconnectSockets(true)
  },
  'by its namespace': (_io, life) => {
    life.newest?.disconnect()
  },
  'by its socket': (_io, life) => {
    life.newest?.socket.disconnect()
  },
}

/** A client that has entered `/new` and `/more` on the connection on which it came back to `/a`. */
async function sharing(t: TestContext) {
  const { io, life, url } = await startResuming(t, {}, (noted) => ({
    '/a': noting(noted),
    '/new': noting(noted),
    '/more': noting(noted),
  }))
  const [data] = await lostFrom(t, { life, url }, '/a')
  const after = await ResumingPeer.open(t, url)
  const fresh = await after.connect('/new')
  await after.connect('/more')
  assert.equal((await after.connect('/a', { pid: data.pid })).kind, 'confirmed')
  return { io, life, after, fresh }
}

describe('a client that is disconnected while it is away', () => {
  for (const [name, kick] of Object.entries(kicks)) {
    test(`${name} is told, and stays away`, async (t) => {
      const { io, life, line } = await startResuming(t)
      const client = recordedClient(t, line.url)
      await client.until('connected')
      line.down()
      await client.until('disconnected')
      await life.has('suspended transport close')
      io.of('/chat').emit('said', 1)
      kick(io, life)
      await life.has('disconnect server namespace disconnect')
      io.of('/chat').emit('said', 2)
      line.mend()
      await client.until('disconnected')
      assert.equal(client.socket.active, false)
      assert.equal(life.count('connect'), 1)
      assert.equal(life.count('disconnect server namespace disconnect'), 1)
      // It may come again, and is a new one.
      client.socket.connect()
      await client.until('connected')
      assert.equal(life.count('connect'), 2)
    })
  }
})

describe('a client that is disconnected while the application is asked whether it may come back', () => {
  for (const [name, kick] of Object.entries(kicks)) {
    test(`${name} is told, and stays away`, async (t) => {
      let answer = (): void => {}
      const { io, life, line } = await startResuming(t, {}, (noted) => ({
        '/chat': class extends noting(noted) {
          override recv_resume(): Promise<void> {
            noted.note('asked')
            return new Promise((resolve) => {
              answer = resolve
            })
          }
        },
      }))
      const client = recordedClient(t, line.url)
      await client.until('connected')
      line.down()
      await client.until('disconnected')
      line.mend()
      await life.has('asked')
      kick(io, life)
      await life.has('disconnect server namespace disconnect')
      answer()
      await client.until('disconnected')
      assert.equal(client.socket.active, false)
      assert.deepEqual([life.count('connect'), life.count('asked')], [1, 1])
    })
  }
})

// The mark of a ping counts what was written before it, and the end of a namespace takes what it missed out of that.
test('an answer that is late on the old connection confirms nothing that came behind its ping', async (t) => {
  const { io, life, url } = await startResuming(t, { pingInterval: 300 }, (noted) => ({
    '/a': noting(noted),
    '/b': noting(noted),
  }))
  const before = await ResumingPeer.open(t, url)
  const a = await before.connect('/a')
  const b = await before.connect('/b')
  io.of('/a').emit('said', 1)
  io.of('/a').emit('said', 2)
  io.of('/a').disconnectSockets()
  await life.has('disconnect server namespace disconnect')
  while ((await before.peer.text()) !== '2');
  for (const number of [3, 4, 5]) io.of('/b').emit('said', number)
  const after = await ResumingPeer.open(t, url)
  assert.equal((await after.connect('/a', { pid: a.data.pid })).kind, 'disconnected')
  before.send('3')
  await before.settled()
  const back = await after.connect('/b', { pid: b.data.pid })
  assert.deepEqual(back.events, [said(3), said(4), said(5)])
  assert.equal(life.count('resumed'), 1)
})

test('each namespace is told that the whole connection was ended before its client was back in all of them', async (t) => {
  const { io, url, a } = await awayFromTwo(t)
  const after = await ResumingPeer.open(t, url)
  assert.equal((await after.connect('/a', { pid: a.pid })).kind, 'confirmed')
  io.of('/a').disconnectSockets(true)
  assert.equal((await after.answer('/a')).kind, 'disconnected')
  assert.equal((await after.answer('/b')).kind, 'disconnected')
})

// What it had opened on its new connection shares that with what it came back to.
for (const kicked of ['/a', '/new']) {
  test(`a client that is disconnected in ${kicked} is told in what it came back to, and in what it entered anew`, async (t) => {
    const { io, after } = await sharing(t)
    io.of(kicked).disconnectSockets(true)
    const frames = [await after.frame(), await after.frame(), await after.frame()]
    assert.deepEqual(frames.toSorted(), ['41/a,', '41/more,', '41/new,'])
  })
}

test('a namespace that ended on a connection that is shared is entered anew there', async (t) => {
  const { io, life, after, fresh } = await sharing(t)
  io.of('/new').disconnectSockets()
  assert.equal(await after.frame(), '41/new,')
  const { kind } = await after.connect('/new', { pid: fresh.data.pid })
  assert.deepEqual([kind, life.count('connect')], ['confirmed', 4])
})

for (const [how, end] of [
  [
    'was disconnected',
    (io: SocketioMiddleware) => {
      io.of('/chat').disconnectSockets()
    },
  ],
  [
    'has left',
    (_io: SocketioMiddleware, peer: ResumingPeer) => {
      peer.send('41/chat,')
    },
  ],
] as const) {
  test(`a client that ${how}, and has entered again, comes back to that, and gets nothing of its life before`, async (t) => {
    const { io, life, url } = await startResuming(t)
    const before = await ResumingPeer.open(t, url)
    await before.connect('/chat')
    io.of('/chat').emit('said', 'in the life before')
    end(io, before)
    await life.has(`disconnect ${how === 'has left' ? 'client' : 'server'} namespace disconnect`)
    await before.settled()
    const { data } = await before.connect('/chat')
    before.cut()
    await life.has('suspended transport close')
    io.of('/chat').emit('said', 2)
    const after = await ResumingPeer.open(t, url)
    const back = await after.connect('/chat', { pid: data.pid })
    assert.deepEqual([back.kind, back.data, back.events], ['confirmed', data, [said(2)]])
    assert.deepEqual([await after.settled(), life.count('connect')], [[], 2])
  })
}

test('each of its namespaces is told that the whole connection was ended while it was away', async (t) => {
  const { io, life, url, a, b } = await awayFromTwo(t)
  io.of('/a').disconnectSockets(true)
  await life.has('disconnect server namespace disconnect', 2)
  const after = await ResumingPeer.open(t, url)
  assert.equal((await after.connect('/a', { pid: a.pid })).kind, 'disconnected')
  assert.equal((await after.connect('/b', { pid: b.pid })).kind, 'disconnected')
})

test('what other processes have sent has an offset of this one, and is sent again', async (t) => {
  const made = new Map<string, Adapter>()
  class Heard extends Adapter {
    constructor(nsp: { name: string }) {
      super(nsp)
      made.set(nsp.name, this)
    }
  }
  const { life, url } = await startResuming(t, { adapter: Heard as AdapterFactory })
  const options = { rooms: new Set<string>(), except: new Set<string>(), flags: {} }
  const before = await ResumingPeer.open(t, url)
  const { data } = await before.connect('/chat')
  made.get('/chat')?.broadcast({ type: 2, data: ['said', 1] }, options)
  const first = await before.event()
  assert.match(first.offset, /^[0-9a-z]{8}\.1$/)
  before.cut()
  await life.has('suspended transport close')
  made.get('/chat')?.broadcast({ type: 2, data: ['said', 2] }, options)
  const after = await ResumingPeer.open(t, url)
  const answer = await after.connect('/chat', { pid: data.pid, offset: first.offset })
  assert.deepEqual(answer.events, [said(2)])
  assert.equal(answer.offsets[0], first.offset.replace(/1$/, '2'))
})

test('the session, the rooms and the access list of a client are those that it had', async (t) => {
  const { io, life, url } = await startResuming(t, {}, (noted) => ({
    '/chat': class extends noting(noted) {
      override getInitialAcl() {
        return ['recv_connect', 'on_login', 'on_join']
      }
      on_login(name: string) {
        Reflect.set(this.session, 'name', name)
        this.addAclMethod('on_who')
        return 'welcome'
      }
      on_who() {
        return [Reflect.get(this.session, 'name'), this.recovered, this instanceof BaseNamespace]
      }
    },
  }))
  const before = await ResumingPeer.open(t, url)
  const { data } = await before.connect('/chat')
  before.send('42/chat,1["login","ada"]', '42/chat,2["join","lobby"]')
  assert.deepEqual([await before.frame(), await before.frame()], ['43/chat,1["welcome"]', '43/chat,2["joined"]'])
  before.cut()
  await life.has('suspended transport close')
  io.of('/chat').to('lobby').emit('said', 1)
  io.of('/chat').to('elsewhere').emit('said', 2)
  const after = await ResumingPeer.open(t, url)
  assert.deepEqual((await after.connect('/chat', { pid: data.pid })).events, [said(1)])
  after.send('42/chat,3["who"]', '42/chat,4["echo",1]')
  assert.equal(await after.frame(), '43/chat,3["ada",true,true]')
  assert.match(await after.frame(), /^42\/chat,\["error","method_access_denied"/)
})
