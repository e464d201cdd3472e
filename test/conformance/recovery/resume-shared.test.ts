// Owns: several earlier clients of one page of Socket.IO 4 on one connection: packets that are late, connects that wait for each other,
// and how one of them ends.
// Elsewhere: which of several lives of one namespace goes on (resume-twice-entered.test.ts), what each keeps (resume-carried.test.ts).
import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { BaseNamespace, ConnectError, type Options } from '../../../lib/index.js'
import { FakeClock } from '../../support/clock.js'
import { within } from '../../support/journal.js'
import { ResumingPeer } from '../../support/resuming-peer.js'
import { lostFrom, noting, startResuming, type Life } from '../../support/resuming-server.js'
import { until } from './raw.js'

/** Namespaces `/a`, `/b`, `/m` and `/n`, whose recv_resume and recv_disconnect end when a test says so, if they are slow. */
async function start(t: TestContext, options: Options = {}) {
  const namespaces: BaseNamespace[] = []
  const waiting: (() => void)[] = []
  const slow = { resume: false, end: false }
  const wait = (isSlow: boolean): Promise<void> =>
    isSlow ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve()
  const declared = (noted: Life) =>
    class extends noting(noted) {
      override recv_connect(): unknown {
        namespaces.push(this)
        return super.recv_connect()
      }
      override async recv_resume(request: object, auth: unknown): Promise<void> {
        await wait(slow.resume)
        super.recv_resume(request, auth)
      }
      override async recv_disconnect(...args: Parameters<BaseNamespace['recv_disconnect']>): Promise<void> {
        await wait(slow.end)
        await super.recv_disconnect(...args)
      }
    }
  const endpoints = ['/a', '/b', '/m', '/n']
  const server = await startResuming(t, options, (noted) =>
    Object.fromEntries(endpoints.map((endpoint) => [endpoint, declared(noted)])),
  )
  t.after(() => {
    goOn()
  })
  const goOn = (): void => {
    slow.resume = slow.end = false
    for (const resolve of waiting.splice(0)) resolve()
  }
  /** The namespace of that name that was connected last. */
  const newest = (endpoint: string) => namespaces.findLast(({ nsName }) => nsName === endpoint) as BaseNamespace
  return { ...server, slow, goOn, newest, open: () => ResumingPeer.open(t, server.url) }
}

/** A check that lets everybody in when a test says so. */
function patientCheck() {
  const waiting: (() => void)[] = []
  const check = (): Promise<boolean> =>
    new Promise((resolve) => {
      waiting.push(() => {
        resolve(true)
      })
    })
  const letIn = async (isLast = false): Promise<void> => {
    await until(() => waiting.length > 0)
    waiting.splice(isLast ? -1 : 0, 1)[0]?.()
  }
  return { check, letIn }
}

describe('an event on its way to a namespace that has just ended, when an older life of that is kept on the connection', () => {
  for (const isSlow of [false, true]) {
    test(`ends nothing${isSlow ? ', nor while its end still runs' : ''}`, async (t) => {
      const { check, letIn } = patientCheck()
      const server = await start(t, { recovery: { check } })
      const [a] = await lostFrom(t, server, '/a', '/n')
      const [b, n] = await lostFrom(t, server, '/b', '/n')
      const peer = await server.open()
      peer.ask('/b', { pid: b.pid })
      await letIn()
      await peer.answer('/b')
      await peer.connect('/n', { pid: n.pid })
      server.slow.end = isSlow
      peer.ask('/a', { pid: a.pid })
      await peer.settled()
      server.newest('/n').disconnect()
      peer.send('42/n,["echo",1]')
      await peer.settled()
      await letIn()
      assert.equal((await peer.answer('/a')).kind, 'confirmed')
      peer.send('42/a,1["echo",1]')
      assert.equal(await peer.frame(), '43/a,1[1]')
    })
  }
})

test('a connect that is repeated while check is pending is let in once', async (t) => {
  const { check, letIn } = patientCheck()
  const { url } = await startResuming(t, { recovery: { check } }, () => ({
    '/a': class extends BaseNamespace {
      on_echo(value: unknown) {
        return [value]
      }
    },
  }))
  const before = await ResumingPeer.open(t, url)
  const { data } = await before.connect('/a')
  const peer = await ResumingPeer.open(t, url)
  peer.ask('/a', { pid: data.pid })
  peer.ask('/a', { pid: data.pid })
  await peer.settled()
  await letIn()
  assert.equal((await peer.answer('/a')).data.pid, data.pid)
  peer.send('42/a,1["echo",1]')
  assert.equal(await peer.frame(), '43/a,1[1]')
})

test('handshakeTimeout does not pass for what a client asks for behind a check', async (t) => {
  const { check, letIn } = patientCheck()
  const clock = new FakeClock()
  const handshakeTimeout = 5_000
  const server = await start(t, { clock, handshakeTimeout, recovery: { check } })
  const [a, m] = await lostFrom(t, server, '/a', '/m')
  const [b] = await lostFrom(t, server, '/b')
  const peer = await server.open()
  peer.ask('/a', { pid: a.pid })
  await letIn()
  await peer.answer('/a')
  peer.ask('/b', { pid: b.pid })
  peer.ask('/m', { pid: m.pid })
  await peer.settled()
  clock.advance(handshakeTimeout)
  await letIn()
  await peer.answer('/b')
  assert.equal((await peer.answer('/m')).data.pid, m.pid)
})

test('handshakeTimeout passes for what a client does not ask for, when another one is let in', async (t) => {
  const clock = new FakeClock()
  const handshakeTimeout = 5_000
  const server = await start(t, { clock, handshakeTimeout })
  const [a] = await lostFrom(t, server, '/a', '/m')
  const [b] = await lostFrom(t, server, '/b', '/n')
  const peer = await server.open()
  await peer.connect('/a', { pid: a.pid })
  await peer.connect('/b', { pid: b.pid })
  clock.advance(handshakeTimeout)
  await server.life.has('disconnect transport close', 2)
})

for (const host of ['/a', '/b']) {
  test(`a client whose connection is ended is told in what it has not come back to, by ${host}`, async (t) => {
    const server = await start(t)
    const [a] = await lostFrom(t, server, '/a', '/m')
    const [b] = await lostFrom(t, server, '/b')
    const pids: Record<string, string> = { '/a': a.pid, '/b': b.pid }
    const peer = await server.open()
    for (const endpoint of [host === '/a' ? '/b' : '/a', host]) await peer.connect(endpoint, { pid: pids[endpoint] })
    server.io.of(host).disconnectSockets(true)
    await within('the close of the connection', peer.peer.closed)
    assert.deepEqual(peer.peer.taken().map(String).toSorted(), ['41/a,', '41/b,', '41/m,'])
  })
}

test('a client that has left all but what it was kicked from is told of that, whoever takes the connection over', async (t) => {
  const server = await start(t)
  const [n, m] = await lostFrom(t, server, '/n', '/m')
  server.newest('/n').disconnect()
  const [a] = await lostFrom(t, server, '/a')
  const peer = await server.open()
  await peer.connect('/m', { pid: m.pid })
  peer.send('41/m,')
  await peer.settled()
  await peer.connect('/a', { pid: a.pid })
  assert.equal((await peer.connect('/n', { pid: n.pid })).kind, 'disconnected')
})

test('a namespace that still ends takes no other client with it, when its own is told of the end', async (t) => {
  const server = await start(t)
  const [n] = await lostFrom(t, server, '/n')
  const [b] = await lostFrom(t, server, '/b')
  const old = await server.open()
  await old.connect('/n', { pid: n.pid })
  await old.connect('/b', { pid: b.pid })
  server.slow.end = true
  server.newest('/n').disconnect()
  server.newest('/b').emit('missed')
  const peer = await server.open()
  assert.equal((await peer.connect('/n', { pid: n.pid })).kind, 'disconnected')
  const back = await peer.connect('/b', { pid: b.pid })
  assert.equal(back.data.pid, b.pid)
  assert.deepEqual(back.events, ['["missed"]'])
})

test('a client without namespaces is not away when the connection is taken over that it shares', async (t) => {
  const server = await start(t)
  const [a] = await lostFrom(t, server, '/a')
  const old = await server.open()
  await old.connect('/n')
  await old.connect('/a', { pid: a.pid })
  old.send('41/n,')
  await old.settled()
  const peer = await server.open()
  await peer.connect('/a', { pid: a.pid })
  await until(() => server.io.stats().sockets === 1)
  assert.equal(server.io.stats().suspended, 0)
})

test('socket.disconnect() ends the connection also for a client that has no namespaces left', async (t) => {
  const server = await start(t)
  const [a] = await lostFrom(t, server, '/a')
  const peer = await server.open()
  await peer.connect('/n')
  await peer.connect('/a', { pid: a.pid })
  peer.send('41/n,')
  await peer.settled()
  server.newest('/n').socket.disconnect()
  await within('the close of the connection', peer.peer.closed)
  assert.deepEqual(peer.peer.taken().map(String), ['41/a,'])
  assert.equal(server.io.stats().sockets, 0)
})

test('a connect behind an end that runs keeps its place when the connection is taken over', async (t) => {
  const server = await start(t)
  const [a] = await lostFrom(t, server, '/a', '/n')
  const [b, n] = await lostFrom(t, server, '/b', '/n')
  const peer = await server.open()
  await peer.connect('/b', { pid: b.pid })
  await peer.connect('/n', { pid: n.pid })
  server.slow.end = true
  peer.send('41/n,', '40/n,')
  await peer.settled()
  await peer.connect('/a', { pid: a.pid })
  peer.ask('/n')
  await peer.settled()
  server.goOn()
  assert.equal((await peer.answer('/n')).kind, 'confirmed')
  server.io.of('/n').emit('said', 1)
  assert.equal((await peer.settled()).filter((frame) => frame.startsWith('42/n,["said"')).length, 1)
  assert.equal((await server.io.of('/n').fetchSockets()).length, 1)
})

test('a connect that is repeated for a namespace that ends silently, while recv_resume is pending, ends nothing', async (t) => {
  const server = await start(t)
  const [a, n] = await lostFrom(t, server, '/a', '/n')
  const [b] = await lostFrom(t, server, '/b')
  const peer = await server.open()
  await peer.connect('/a', { pid: a.pid })
  await peer.connect('/b', { pid: b.pid })
  server.slow.resume = true
  peer.ask('/n', { pid: n.pid })
  await peer.settled()
  server.newest('/n').disconnect(true)
  peer.ask('/n', { pid: n.pid })
  await peer.settled()
  server.goOn()
  assert.equal((await peer.answer('/n')).kind, 'refused')
  const { kind, data } = await peer.answer('/n')
  assert.equal(kind, 'confirmed')
  assert.notEqual(data.pid, n.pid)
  peer.send('42/a,1["echo",1]')
  assert.equal(await peer.frame(), '43/a,1[1]')
})

test('a page that is back ends for none of its new namespaces that is refused', async (t) => {
  const clock = new FakeClock()
  const handshakeTimeout = 5_000
  let refuse: (() => void) | undefined
  const { life, url } = await startResuming(t, { clock, handshakeTimeout }, (noted: Life) => ({
    '/a': noting(noted),
    '/x': class extends BaseNamespace {
      override recv_connect() {
        return new Promise<void>((_resolve, reject) => {
          refuse = () => {
            reject(new ConnectError('no'))
          }
        })
      }
    },
  }))
  const [a] = await lostFrom(t, { life, url }, '/a')
  const peer = await ResumingPeer.open(t, url)
  peer.ask('/x')
  await peer.connect('/a', { pid: a.pid })
  refuse?.()
  assert.equal((await peer.answer('/x')).kind, 'refused')
  clock.advance(handshakeTimeout)
  peer.send('42/a,1["echo",1]')
  assert.equal(await peer.frame(), '43/a,1[1]')
  assert.equal(life.count('disconnect close timeout'), 0)
})

test('the end of an earlier life is not sent to the client that has entered anew since', async (t) => {
  const server = await start(t)
  const [a] = await lostFrom(t, server, '/a')
  server.newest('/a').disconnect()
  const peer = await server.open()
  await peer.connect('/b')
  assert.equal((await peer.connect('/a', { pid: a.pid })).kind, 'disconnected')
  const { data } = await peer.connect('/a')
  peer.cut()
  await server.life.has('suspended transport close', 3)
  const back = await server.open()
  back.ask('/a', { pid: data.pid })
  const frames = await back.settled()
  assert.equal(frames.length, 1, String(frames))
  assert.ok(frames[0]?.includes(data.pid))
  back.send('42/a,1["echo",1]')
  assert.equal(await back.frame(), '43/a,1[1]')
})

test('of two connections that ask for a client the newer one has it, whichever check is done first', async (t) => {
  for (const isOlderFirst of [true, false]) {
    const { check, letIn } = patientCheck()
    const server = await start(t, { recovery: { check } })
    const [a] = await lostFrom(t, server, '/a')
    const older = await server.open()
    older.ask('/a', { pid: a.pid })
    await older.settled()
    const newer = await server.open()
    newer.ask('/a', { pid: a.pid })
    await newer.settled()
    for (const isLast of [!isOlderFirst, isOlderFirst]) {
      await letIn(isLast)
      await newer.settled().then((frames) => {
        newer.peer.putBack(frames)
      })
    }
    assert.equal((await newer.answer('/a')).data.pid, a.pid)
    newer.send('42/a,1["echo",1]')
    assert.equal(await newer.frame(), '43/a,1[1]')
  }
})

test('who is ended by a life that is given up for it is told, and what shares its connection ends as well', async (t) => {
  const namespaces: BaseNamespace[] = []
  const { io, life, url } = await startResuming(t, {}, (noted: Life) => ({
    '/b': noting(noted),
    '/m': noting(noted),
    '/n': class extends noting(noted) {
      override recv_connect(): unknown {
        namespaces.push(this)
        return super.recv_connect()
      }
      override recv_disconnect(...args: Parameters<BaseNamespace['recv_disconnect']>): unknown {
        if (this === namespaces[0]) namespaces[1]?.socket.disconnect()
        return super.recv_disconnect(...args)
      }
    },
  }))
  const [b] = await lostFrom(t, { life, url }, '/b', '/n')
  const peer = await ResumingPeer.open(t, url)
  await peer.connect('/n')
  await peer.connect('/m')
  peer.ask('/b', { pid: b.pid })
  await within('the close of the connection', peer.peer.closed)
  const frames = peer.peer.taken().map(String)
  for (const frame of ['41/n,', '41/m,']) assert.ok(frames.includes(frame), String(frames))
  await until(() => io.stats().sockets === 0)
})
