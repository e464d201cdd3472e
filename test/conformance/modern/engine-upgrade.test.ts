// Owns: the way from polling to a websocket: the probe, the noop that ends the held poll, the upgrade; and what goes wrong.
// Elsewhere: what the app does with the request that upgrades (app.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace } from '../../../lib/index.js'
import { ask, openPolling, openWebSocket, RS, startWebSocket, type EngineRevision } from '../../support/engine-peer.js'
import { Journal, within } from '../../support/journal.js'
import { faces, startServer } from '../../support/server.js'

const spellings = [
  { revision: 4, connect: '40', noop: '6' },
  { revision: 3, connect: '2:40', noop: '1:6' },
] as const

function echo() {
  const journal = new Journal()
  class Echo extends BaseNamespace {
    on_echo(value: unknown) {
      this.emit('back', value, this.socket.transport)
    }
    override recv_disconnect(reason: string) {
      journal.note(reason)
      super.recv_disconnect(reason as never)
    }
  }
  return { journal, namespaces: { '': Echo } }
}

const target = (url: string, revision: EngineRevision, sid: string): string =>
  `${url}/socket.io/?EIO=${revision}&transport=websocket&sid=${sid}`

for (const face of faces) {
  for (const { revision, connect, noop } of spellings) {
    test(`a session of revision ${revision} upgrades: probe, noop, upgrade, on ${face}`, async (t) => {
      const { url } = await startServer(t, echo().namespaces, {}, face)
      const polling = await openPolling(url, revision)
      if (revision === 4) await polling.post(connect)
      await polling.poll()
      const websocket = startWebSocket(t, target(url, revision, polling.sid))
      websocket.websocket.once('open', () => {
        websocket.send('2probe')
      })
      assert.equal(await websocket.text(), '3probe')
      assert.equal((await polling.poll()).body, noop)
      websocket.send('5', '42["echo","a"]')
      assert.equal(await websocket.text(), '42["back","a","websocket"]')
    })

    test(`what waits for a poll of revision ${revision} goes out after the upgrade, on ${face}`, async (t) => {
      const { url } = await startServer(t, echo().namespaces, {}, face)
      const polling = await openPolling(url, revision)
      if (revision === 4) await polling.post(connect)
      await polling.poll()
      const websocket = startWebSocket(t, target(url, revision, polling.sid))
      websocket.websocket.once('open', () => {
        websocket.send('2probe')
      })
      assert.equal(await websocket.text(), '3probe')
      const packet = '42["echo","a"]'
      await polling.post(revision === 4 ? packet : `${packet.length}:${packet}`)
      websocket.send('5')
      assert.equal(await websocket.text(), '42["back","a","polling"]')
    })

    test(`a poll after the upgrade of revision ${revision} gets error 3 and does no harm, on ${face}`, async (t) => {
      const { url } = await startServer(t, echo().namespaces, {}, face)
      const { polling, websocket } = await upgraded(t, url, revision)
      const { status, body } = await polling.poll()
      assert.deepEqual([status, body], [400, '{"code":3,"message":"Bad request"}'])
      websocket.send('42["echo","a"]')
      assert.equal(await websocket.text(), '42["back","a","websocket"]')
    })

    test(`a client of revision ${revision} that is lost with its upgrade, a pong or ping still due, is noticed, on ${face}`, async (t) => {
      const { journal, namespaces } = echo()
      const { url } = await startServer(t, namespaces, { pingInterval: 100, pingTimeout: 400 }, face)
      const polling = await openPolling(url, revision)
      const packet = '42["echo","a"]'
      await polling.post(revision === 4 ? `${connect}${RS}${packet}` : `${packet.length}:${packet}`)
      const websocket = startWebSocket(t, target(url, revision, polling.sid))
      websocket.websocket.once('open', () => {
        websocket.send('2probe')
      })
      assert.equal(await websocket.text(), '3probe')
      // The ping of revision 4 comes by a poll, and is not answered before the upgrade nor after it.
      let polled = revision === 4 ? '' : '2'
      while (!polled.split(RS).includes('2')) polled = (await polling.poll()).body
      websocket.send('5')
      assert.deepEqual(await journal.until(1), ['heartbeat timeout'])
    })

    test(`a second websocket of revision ${revision} is closed and does no harm, on ${face}`, async (t) => {
      const { url } = await startServer(t, echo().namespaces, {}, face)
      const { polling, websocket } = await upgraded(t, url, revision)
      assert.deepEqual(await startWebSocket(t, target(url, revision, polling.sid)).rest(), [])
      websocket.send('42["echo","a"]')
      assert.equal(await websocket.text(), '42["back","a","websocket"]')
    })
  }

  test(`the loss of an upgraded websocket ends the session at once, on ${face}`, async (t) => {
    const { journal, namespaces } = echo()
    const { url } = await startServer(t, namespaces, {}, face)
    const { websocket } = await upgraded(t, url, 4)
    websocket.websocket.terminate()
    assert.deepEqual(await journal.until(1), ['transport close'])
  })

  test(`a websocket that does not probe is closed, and the session polls on, on ${face}`, async (t) => {
    const { url } = await startServer(t, echo().namespaces, {}, face)
    const polling = await openPolling(url)
    const websocket = startWebSocket(t, target(url, 4, polling.sid))
    websocket.websocket.once('open', () => {
      websocket.send('40')
    })
    assert.deepEqual(await websocket.rest(), [])
    await polling.post(`40${RS}42["echo","a"]`)
    assert.equal((await polling.poll()).body.split(RS)[1], '42["back","a","polling"]')
  })

  test(`a websocket that breaks off after its probe leaves the session on polling, on ${face}`, async (t) => {
    const { url } = await startServer(t, echo().namespaces, {}, face)
    const polling = await openPolling(url)
    const websocket = startWebSocket(t, target(url, 4, polling.sid))
    websocket.websocket.once('open', () => {
      websocket.send('2probe')
    })
    assert.equal(await websocket.text(), '3probe')
    websocket.websocket.close()
    await within('a close', websocket.closed)
    await polling.post(`40${RS}42["echo","a"]`)
    assert.equal((await polling.poll()).body.split(RS)[1], '42["back","a","polling"]')
  })

  test(`a polling client is offered no upgrade where they are switched off, on ${face}`, async (t) => {
    const { url } = await startServer(t, echo().namespaces, { engine: { allowUpgrades: false } }, face)
    assert.match((await openPolling(url)).opening.body, /"upgrades":\[\]/)
  })

  test(`a poll for a session that began as a websocket gets error 3, on ${face}`, async (t) => {
    const { url } = await startServer(t, echo().namespaces, {}, face)
    const peer = startWebSocket(t, `${url}/socket.io/?EIO=4&transport=websocket`)
    const sid = /"sid":"([^"]+)"/.exec(await peer.text())?.[1]
    const { status, body } = await ask(`${url}/socket.io/?EIO=4&transport=polling&sid=${sid}`)
    assert.deepEqual([status, body], [400, '{"code":3,"message":"Bad request"}'])
  })

  test(`a text that is no packet closes a websocket, on ${face}`, async (t) => {
    const { url } = await startServer(t, echo().namespaces, {}, face)
    const peer = await openWebSocket(t, url)
    peer.send('abc')
    assert.deepEqual(await peer.rest(), [])
  })

  test(`a message over maxHttpBufferSize closes a websocket with 1009, on ${face}`, async (t) => {
    const { url } = await startServer(t, echo().namespaces, { maxHttpBufferSize: 100 }, face)
    const peer = await openWebSocket(t, url)
    peer.send(`42["echo","${'x'.repeat(200)}"]`)
    assert.equal(await within('a close', peer.closed), 1009)
  })
}

async function upgraded(t: Parameters<typeof startWebSocket>[0], url: string, revision: EngineRevision) {
  const polling = await openPolling(url, revision)
  if (revision === 4) await polling.post('40')
  await polling.poll()
  const websocket = startWebSocket(t, target(url, revision, polling.sid))
  websocket.websocket.once('open', () => {
    websocket.send('2probe')
  })
  assert.equal(await websocket.text(), '3probe')
  websocket.send('5', '42["echo","ready"]')
  assert.equal(await websocket.text(), '42["back","ready","websocket"]')
  return { polling, websocket }
}
