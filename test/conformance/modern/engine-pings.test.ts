// Owns: who pings whom: the server in revision 4, the client in revision 3; and what becomes of those who do not answer.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace } from '../../../lib/index.js'
import { openPolling, openWebSocket } from '../../support/engine-peer.js'
import { Journal, within } from '../../support/journal.js'
import { faces, startServer } from '../../support/server.js'

// engine.io keeps its own time: short intervals, and only events are waited for.
const often = { pingInterval: 30, pingTimeout: 10_000 }
const impatient = { pingInterval: 30, pingTimeout: 30 }
const rare = { pingInterval: 20_000, pingTimeout: 10_000 }

function mortal() {
  const journal = new Journal()
  class Mortal extends BaseNamespace {
    override initialize() {
      journal.note('here')
    }
    override recv_disconnect(reason: string) {
      journal.note(reason)
      super.recv_disconnect(reason as never)
    }
    on_here() {
      return true
    }
  }
  return { journal, namespaces: { '': Mortal } }
}

for (const face of faces) {
  test(`the server pings a websocket of revision 4 after each pong, on ${face}`, async (t) => {
    const { url } = await startServer(t, { '': BaseNamespace }, often, face)
    const peer = await openWebSocket(t, url)
    for (let turn = 0; turn < 3; turn++) {
      assert.equal(await peer.text(), '2')
      peer.send('3')
    }
  })

  test(`the server pings a polling client of revision 4 after each pong, on ${face}`, async (t) => {
    const { url } = await startServer(t, { '': BaseNamespace }, often, face)
    const peer = await openPolling(url)
    for (let turn = 0; turn < 3; turn++) {
      assert.equal((await peer.poll()).body, '2')
      assert.equal((await peer.post('3')).body, 'ok')
    }
  })

  test(`the server answers the pings of a websocket of revision 3, on ${face}`, async (t) => {
    const { url } = await startServer(t, { '': BaseNamespace }, rare, face)
    const peer = await openWebSocket(t, url, 3)
    assert.equal(await peer.text(), '40')
    for (let turn = 0; turn < 3; turn++) {
      peer.send('2')
      assert.equal(await peer.text(), '3')
    }
  })

  test(`the server answers the pings of a polling client of revision 3, on ${face}`, async (t) => {
    const { url } = await startServer(t, { '': BaseNamespace }, rare, face)
    const peer = await openPolling(url, 3)
    assert.equal((await peer.poll()).body, '2:40')
    for (let turn = 0; turn < 3; turn++) {
      assert.equal((await peer.post('1:2')).body, 'ok')
      assert.equal((await peer.poll()).body, '1:3')
    }
  })

  test(`a websocket of revision 4 that does not answer is closed, on ${face}`, async (t) => {
    const { journal, namespaces } = mortal()
    const { url } = await startServer(t, namespaces, impatient, face)
    const peer = await openWebSocket(t, url)
    peer.send('40')
    assert.deepEqual(await journal.until(2), ['here', 'heartbeat timeout'])
    await within('a close', peer.closed)
  })

  test(`a websocket of revision 3 that does not ping is closed, on ${face}`, async (t) => {
    const { journal, namespaces } = mortal()
    const { url } = await startServer(t, namespaces, impatient, face)
    const peer = await openWebSocket(t, url, 3)
    peer.send('420["here"]')
    assert.deepEqual(await journal.until(2), ['here', 'heartbeat timeout'])
    await within('a close', peer.closed)
  })

  test(`a polling client of revision 4 that does not answer is forgotten, on ${face}`, async (t) => {
    const { journal, namespaces } = mortal()
    const { url } = await startServer(t, namespaces, impatient, face)
    const peer = await openPolling(url)
    await peer.post('40')
    assert.deepEqual(await journal.until(2), ['here', 'heartbeat timeout'])
    const { status, body } = await peer.poll()
    assert.deepEqual([status, body], [400, '{"code":1,"message":"Session ID unknown"}'])
  })

  test(`a polling client of revision 3 that does not ping is forgotten, on ${face}`, async (t) => {
    const { journal, namespaces } = mortal()
    const { url } = await startServer(t, namespaces, impatient, face)
    const peer = await openPolling(url, 3)
    await peer.post('11:420["here"]')
    assert.deepEqual(await journal.until(2), ['here', 'heartbeat timeout'])
    assert.equal((await peer.post('1:2')).body, '{"code":1,"message":"Session ID unknown"}')
  })

  for (const [revision, frame] of [
    [4, '2'],
    [3, '3'],
  ] as const) {
    test(`a heartbeat in the wrong direction ends a session of revision ${revision}, on ${face}`, async (t) => {
      const { journal, namespaces } = mortal()
      const { url } = await startServer(t, namespaces, rare, face)
      const peer = await openWebSocket(t, url, revision)
      peer.send(revision === 4 ? '40' : '420["here"]')
      await journal.until(1)
      peer.send(frame)
      assert.deepEqual(await journal.until(2), ['here', 'transport close'])
      await within('a close', peer.closed)
    })
  }

  test(`a websocket that sends a close packet is closed when it no longer answers, on ${face}`, async (t) => {
    const { url } = await startServer(t, { '': BaseNamespace }, impatient, face)
    const peer = await openWebSocket(t, url)
    peer.send('1')
    assert.deepEqual(await peer.rest(), ['2'])
  })
}
