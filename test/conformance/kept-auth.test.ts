// Owns: how much of what clients of 3 and 4 are let in with their namespaces keep altogether.
// Elsewhere: what waits for a connect (waiting-bytes.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { BaseNamespace } from '../../lib/index.js'
import { openIn } from '../support/generations.js'
import { Journal, within } from '../support/journal.js'
import { startServer } from '../support/server.js'

const large = 'x'.repeat(49_000)

class Room extends BaseNamespace {
  static readonly ends = new Journal<string>()

  on_length() {
    return (this.auth as { token: string }).token.length
  }
  override recv_disconnect(reason: string) {
    Room.ends.note(`${this.nsName} ${reason}`)
  }
}

class Picky extends Room {
  override recv_connect() {
    if (this.nsName.endsWith('closed')) throw new Error('closed')
  }
}

function connect(endpoint: string, token: string): string {
  return `40${endpoint},${JSON.stringify({ token })}`
}

test('a client whose namespaces keep more of its auths than four of the largest messages ends as limit exceeded', async (t) => {
  const server = await startServer(t, new Map([[/^\/room\//, Room]]), {
    maxQueuedBytes: 50_000,
    maxHttpBufferSize: 50_000,
  })
  Room.ends.entries.length = 0
  const peer = await openIn(t, server, '4')
  for (const room of ['a', 'b', 'c', 'd']) {
    peer.send(connect(`/room/${room}`, large))
    assert.equal(await peer.next(), `connected /room/${room}`)
  }
  peer.ask(1, '/room/b', 'length')
  assert.equal(await peer.next(), 'ack /room/b 1 [49000]')
  peer.send(connect('/room/e', large))
  await within('its end', peer.closed)
  assert.deepEqual(
    (await Room.ends.until(4)).toSorted(),
    ['a', 'b', 'c', 'd'].map((room) => `/room/${room} limit exceeded`),
  )
  await pause(0)
  assert.equal(server.io.stats().sockets, 0)
})

test('what a namespace has kept of its auth weighs nothing once it has ended, refused or left', async (t) => {
  const server = await startServer(t, new Map([[/^\/room\//, Picky]]), {
    maxQueuedBytes: 50_000,
    maxHttpBufferSize: 50_000,
    errorHandler() {},
  })
  const peer = await openIn(t, server, '4')
  for (let round = 0; round < 20; round++) {
    peer.send(connect('/room/a', large))
    assert.equal(await peer.next(), 'connected /room/a')
    peer.leave('/room/a')
    peer.send(connect('/room/closed', large))
    assert.equal(await peer.next(), 'refused /room/closed')
  }
  await peer.settled()
})

test('small auths are not weighed', async (t) => {
  const server = await startServer(t, new Map([[/^\/room\//, Room]]), {
    maxQueuedBytes: 1_000,
    maxHttpBufferSize: 10_000,
  })
  const peer = await openIn(t, server, '4')
  for (let room = 0; room < 50; room++) {
    peer.send(connect(`/room/${room}`, 'x'.repeat(900)))
    assert.equal(await peer.next(), `connected /room/${room}`)
  }
})
