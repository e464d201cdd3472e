// Owns: who may have a client of Socket.IO 4 back: what the option check and recv_resume say, and that both fail closed.
// Elsewhere: what is no private id (resume-garbage.test.ts), the same for clients of 0.9 and 2 (the files beside this one).
import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { ConnectError, type Options } from '../../../lib/index.js'
import { FakeClock } from '../../support/clock.js'
import { ResumingPeer, type Confirmation } from '../../support/resuming-peer.js'
import { noting, startResuming, type ResumingServer } from '../../support/resuming-server.js'
import { Gate } from '../../support/wire-client.js'

const said = (number: unknown): string => JSON.stringify(['said', number])

interface Lost extends ResumingServer {
  readonly data: Confirmation
}

type Hook = (this: { readonly auth: unknown }, request: { readonly url?: string }, auth: unknown) => unknown

/** A client of /chat that has lost its connection, and has missed an event. */
async function lose(t: TestContext, options: Options = {}, recvResume?: Hook): Promise<Lost> {
  t.mock.method(console, 'error', () => {})
  const server = await startResuming(t, options, (life) => ({
    '/chat': class extends noting(life) {
      override recv_resume(request: { readonly url?: string }, auth: unknown): unknown {
        super.recv_resume(request, auth)
        return recvResume?.call(this, request, auth)
      }
      on_say(value: unknown) {
        life.note(`said ${String(value)}`)
        return 'heard'
      }
    },
  }))
  const peer = await ResumingPeer.open(t, server.url)
  const { data } = await peer.connect('/chat', { token: 'first' })
  peer.cut()
  await server.life.has('suspended transport close')
  server.io.of('/chat').emit('said', 1)
  return { ...server, data }
}

const failing: Readonly<Record<string, () => unknown>> = {
  'says false': () => false,
  'says nothing': () => undefined,
  'says 1': () => 1,
  'says a text': () => 'true',
  throws: () => {
    throw new Error('a fault')
  },
  rejects: () => Promise.reject(new Error('a fault')),
  'resolves with false': () => Promise.resolve(false),
  'resolves with an object': () => Promise.resolve({}),
}

describe('a client is a new one when check', () => {
  for (const [name, check] of Object.entries(failing)) {
    test(name, async (t) => {
      const { url, data, life } = await lose(t, { recovery: { check: check as () => boolean } })
      const peer = await ResumingPeer.open(t, url)
      const answer = await peer.connect('/chat', { pid: data.pid, token: 'other' })
      assert.deepEqual([answer.kind, answer.events], ['confirmed', []])
      assert.notEqual(answer.data.sid, data.sid)
      assert.equal(life.count('resumed'), 0)
    })
  }

  test('does not answer in time', async (t) => {
    const clock = new FakeClock()
    const { url, data, life } = await lose(t, { clock, recovery: { check: () => new Promise<boolean>(() => {}) } })
    const peer = await ResumingPeer.open(t, url)
    peer.ask('/chat', { pid: data.pid })
    // What it sends meanwhile waits for the answer.
    peer.send('42/chat,7["say",1]')
    assert.deepEqual(await peer.settled(), [])
    clock.advance(10_000)
    const answer = await peer.answer('/chat')
    assert.notEqual(answer.data.sid, data.sid)
    assert.equal(await peer.frame(), '43/chat,7["heard"]')
    assert.deepEqual([life.count('resumed'), life.count('said 1')], [0, 1])
  })
})

test('check is asked with the new request, what the application knows of the client, and auth without its secrets', async (t) => {
  const asked: unknown[] = []
  const check = (request: unknown, socket: { readonly id: string }, auth: unknown): boolean => {
    asked.push((request as { url: string }).url.includes('again=1'), socket.id, auth)
    return true
  }
  const { url, data } = await lose(t, { recovery: { check } })
  const peer = await ResumingPeer.open(t, url, '&again=1')
  const answer = await peer.connect('/chat', { pid: data.pid, offset: 'x', token: 'second' })
  assert.deepEqual(answer.events, [said(1)])
  assert.deepEqual(asked, [true, data.sid, { token: 'second' }])
})

describe('a client is refused, and its namespace ends, when recv_resume', () => {
  const refusals: Readonly<Record<string, [Hook, string]>> = {
    throws: [
      () => {
        throw new Error('a secret of ours')
      },
      'connection refused',
    ],
    rejects: [() => Promise.reject(new Error('a secret of ours')), 'connection refused'],
    'throws a ConnectError': [
      () => {
        throw new ConnectError('not you')
      },
      'not you',
    ],
  }
  for (const [name, [hook, message]] of Object.entries(refusals)) {
    test(name, async (t) => {
      const { io, url, data, life } = await lose(t, {}, hook)
      const peer = await ResumingPeer.open(t, url)
      peer.ask('/chat', { pid: data.pid })
      peer.send('42/chat,7["say",1]')
      assert.equal(await peer.frame(), `44/chat,{"message":"${message}"}`)
      await life.has('disconnect server namespace disconnect')
      io.of('/chat').emit('said', 2)
      assert.deepEqual(await peer.settled(), [])
      assert.deepEqual([life.count('said 1'), life.count('resumed')], [0, 1])
      assert.deepEqual(await io.of('/chat').fetchSockets(), [])
      // Nothing is left that could be had by the same private id.
      const other = await ResumingPeer.open(t, url)
      const fresh = await other.connect('/chat', { pid: data.pid })
      assert.notEqual(fresh.data.pid, data.pid)
      assert.deepEqual(fresh.events, [])
    })
  }
})

test('recv_resume is asked with the new request and auth, and nothing is sent or handled before it has answered', async (t) => {
  const gate = new Gate()
  const asked: unknown[] = []
  const { io, life, url, data } = await lose(t, {}, function (request, auth) {
    asked.push(request.url?.includes('again=1'), auth, this.auth)
    return gate.opened
  })
  const peer = await ResumingPeer.open(t, url, '&again=1')
  peer.ask('/chat', { pid: data.pid, token: 'second' })
  peer.send('42/chat,7["say","early"]')
  io.of('/chat').emit('said', 2)
  io.of('/chat').volatile.emit('said', 'volatile')
  assert.deepEqual(await peer.settled(), [])
  assert.equal(life.count('said early'), 0)
  gate.open()
  const answer = await peer.answer('/chat')
  assert.deepEqual([answer.events, answer.data], [[said(1), said(2)], data])
  assert.equal(await peer.frame(), '43/chat,7["heard"]')
  assert.deepEqual(asked, [true, { token: 'second' }, { token: 'first' }])
})

test('of two that wait for recv_resume the newer one has the namespace, and the older one is closed', async (t) => {
  const gate = new Gate()
  const { io, url, data } = await lose(t, {}, () => gate.opened)
  const one = await ResumingPeer.open(t, url)
  one.ask('/chat', { pid: data.pid })
  assert.deepEqual(await one.settled(), [])
  const other = await ResumingPeer.open(t, url)
  other.ask('/chat', { pid: data.pid })
  await one.peer.closed
  gate.open()
  const answer = await other.answer('/chat')
  assert.deepEqual([answer.events, answer.data], [[said(1)], data])
  io.of('/chat').emit('said', 2)
  assert.equal((await other.event()).event, said(2))
  assert.equal((await io.of('/chat').fetchSockets()).length, 1)
})

test('one whose connection is lost while recv_resume is asked is asked again, and has missed nothing', async (t) => {
  const gate = new Gate()
  const { io, life, url, data } = await lose(t, {}, () => gate.opened)
  const one = await ResumingPeer.open(t, url)
  one.ask('/chat', { pid: data.pid })
  assert.deepEqual(await one.settled(), [])
  one.cut()
  await life.has('suspended transport close', 2)
  gate.open()
  io.of('/chat').emit('said', 2)
  const other = await ResumingPeer.open(t, url)
  const answer = await other.connect('/chat', { pid: data.pid })
  assert.deepEqual([answer.events, answer.data], [[said(1), said(2)], data])
})

test('an ack that comes before recv_resume has answered is not taken', async (t) => {
  const gate = new Gate()
  const { life, url, data } = await lose(t, {}, () => gate.opened.then(() => Promise.reject(new Error('not you'))))
  const answered = life.newest?.emitWithAck('ask')
  assert.ok(answered)
  const peer = await ResumingPeer.open(t, url)
  peer.ask('/chat', { pid: data.pid })
  // Ids are counted, and can be guessed.
  for (let id = 1; id < 200; id++) peer.send(`43/chat,${id}["stolen"]`)
  assert.deepEqual(await peer.settled(), [])
  gate.open()
  await assert.rejects(answered, { name: 'ClosedError' })
  assert.equal(await peer.frame(), '44/chat,{"message":"connection refused"}')
})
