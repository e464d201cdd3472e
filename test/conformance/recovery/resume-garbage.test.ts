// Owns: clients of Socket.IO 4 that say by what is no private id, or no offset, that they come back.
// Elsewhere: how either is read (test/unit/recovery/pid.test.ts, test/unit/wire/v5/offsets.test.ts).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ResumingPeer, type Confirmation } from '../../support/resuming-peer.js'
import { noting, startResuming, type ResumingServer } from '../../support/resuming-server.js'
import type { TestContext } from 'node:test'

const said = (number: unknown): string => JSON.stringify(['said', number])

interface Lost extends ResumingServer {
  readonly data: Confirmation
  /** Of the events 1 and 2, which it has received. */
  readonly offsets: readonly [string, string]
  readonly auths: unknown[]
}

/** A client that has received two events of three, has lost its connection, and has missed a fourth. */
async function lose(t: TestContext): Promise<Lost> {
  const auths: unknown[] = []
  const server = await startResuming(t, {}, (life) => {
    class Chat extends noting(life) {
      override recv_connect() {
        auths.push(this.auth)
        return super.recv_connect()
      }
    }
    return { '/chat': Chat, '/other': Chat }
  })
  const { io, life, url } = server
  const peer = await ResumingPeer.open(t, url)
  const { data } = await peer.connect('/chat', { token: 't' })
  for (const number of [1, 2, 3]) io.of('/chat').emit('said', number)
  const offsets = [(await peer.event()).offset, (await peer.event()).offset] as const
  peer.cut()
  await life.has('suspended transport close')
  io.of('/chat').emit('said', 4)
  return { ...server, data, offsets, auths }
}

describe('a client is new with a pid that is', () => {
  const pids: Readonly<Record<string, (pid: string) => unknown>> = {
    'a number': () => 7,
    null: () => null,
    true: () => true,
    'a list of it': (pid) => [pid],
    'an object with it': (pid) => ({ pid }),
    empty: () => '',
    'its first half': (pid) => pid.slice(0, 10),
    'without the life of the namespace': (pid) => pid.replace(/-\w+$/, ''),
    'without the place of the client': (pid) => pid.slice(0, 20),
    'of another place': (pid) => `${pid.slice(0, 20)}z-1`,
    'of another life': (pid) => pid.replace(/\w+$/, 'z'),
    'with one character more': (pid) => `${pid}1`,
    'with another first character': (pid) => `${pid.startsWith('A') ? 'B' : 'A'}${pid.slice(1)}`,
    'with the case changed': (pid) =>
      pid.replaceAll(/[a-z]/gi, (char) => (char === char.toLowerCase() ? char.toUpperCase() : char.toLowerCase())),
    'with a space behind': (pid) => `${pid} `,
    'very long': (pid) => pid.repeat(5_000),
    'a name that every object has': () => '__proto__',
  }
  for (const [name, change] of Object.entries(pids)) {
    test(name, async (t) => {
      const { data, offsets, url, life, auths } = await lose(t)
      const peer = await ResumingPeer.open(t, url)
      const answer = await peer.connect('/chat', { pid: change(data.pid), offset: offsets[1], token: 't' })
      assert.deepEqual([answer.kind, answer.events], ['confirmed', []])
      assert.notEqual(answer.data.sid, data.sid)
      assert.notEqual(answer.data.pid, data.pid)
      assert.equal(life.count('resumed'), 0)
      assert.deepEqual(auths, [{ token: 't' }, { token: 't' }])
      // Whoever has the right one is still resumed.
      const own = await ResumingPeer.open(t, url)
      const resumed = await own.connect('/chat', { pid: data.pid, offset: offsets[1], token: 't' })
      assert.deepEqual(resumed.events, [said(3), said(4)])
      assert.deepEqual(resumed.data, data)
    })
  }
})

describe('a client has everything again with an offset that is', () => {
  const values: Readonly<Record<string, (offset: string) => unknown>> = {
    missing: () => undefined,
    null: () => null,
    'a number': () => 2,
    'a list of it': (offset) => [offset],
    empty: () => '',
    'of another epoch': (offset) => `${offset.startsWith('a') ? 'b' : 'a'}${offset.slice(1)}`,
    'in the future': (offset) => `${offset.slice(0, 9)}zzzz`,
    'number 0': (offset) => `${offset.slice(0, 9)}0`,
    negative: (offset) => `${offset.slice(0, 9)}-1`,
    'not a number': (offset) => `${offset.slice(0, 9)}%`,
    'very long': (offset) => offset.repeat(5_000),
    'the text of an event': () => 'hello',
  }
  for (const [name, change] of Object.entries(values)) {
    test(name, async (t) => {
      const { data, offsets, url, auths } = await lose(t)
      const peer = await ResumingPeer.open(t, url)
      const answer = await peer.connect('/chat', { pid: data.pid, offset: change(offsets[1]), token: 't' })
      assert.deepEqual(answer.events, [1, 2, 3, 4].map(said))
      assert.deepEqual(answer.data, data)
      assert.deepEqual(auths, [{ token: 't' }])
    })
  }
})

test('an offset of another namespace is as none', async (t) => {
  const { io, life, url } = await startResuming(t, {}, (noted) => ({ '/a': noting(noted), '/b': noting(noted) }))
  const before = await ResumingPeer.open(t, url)
  const [a, b] = [await before.connect('/a'), await before.connect('/b')]
  io.of('/a').emit('said', 'a')
  io.of('/b').emit('said', 'b')
  const offsets = [(await before.event()).offset, (await before.event()).offset]
  before.cut()
  await life.has('suspended transport close', 2)
  const after = await ResumingPeer.open(t, url)
  assert.deepEqual((await after.connect('/a', { pid: a.data.pid, offset: offsets[1] })).events, [said('a')])
  assert.deepEqual((await after.connect('/b', { pid: b.data.pid, offset: offsets[0] })).events, [said('b')])
})

test('an older offset than the one before it says nothing new, and is not the end', async (t) => {
  const { data, offsets, url, life } = await lose(t)
  const second = await ResumingPeer.open(t, url)
  await second.connect('/chat', { pid: data.pid, offset: offsets[1] })
  second.cut()
  await life.has('suspended transport close', 2)
  const third = await ResumingPeer.open(t, url)
  // What the greater offset has confirmed is not kept any more.
  assert.deepEqual((await third.connect('/chat', { pid: data.pid, offset: offsets[0] })).events, [said(3), said(4)])
})

test('a pid and an offset of the application are taken out of auth, and refused as nothing', async (t) => {
  const { io, url, auths } = await lose(t)
  const peer = await ResumingPeer.open(t, url)
  const { kind } = await peer.connect('/chat', { pid: 'patient-7', offset: 20, token: 'own' })
  assert.equal(kind, 'confirmed')
  assert.deepEqual(auths.at(-1), { token: 'own' })
  assert.ok(Object.values(io.stats().resumesRefused).every((count) => count === 0))
})
