// Owns: JSON of more levels than maxJsonDepth, on every wire: it ends the socket; and what is deeper still harms nothing.
// Elsewhere: counting levels (test/unit/wire/json-depth.test.ts).
import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { BaseNamespace, type Options } from '../../lib/index.js'
import { connectWebSocket, openPolling, payload, type EngineRevision } from '../support/engine-peer.js'
import { Journal } from '../support/journal.js'
import { faces, startServer, type Face } from '../support/server.js'
import { connectPeer, transports } from '../support/v09-peers.js'
import { openClient } from '../support/wire-client.js'

const revisions: readonly EngineRevision[] = [4, 3]
const lists = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)

async function start(t: TestContext, options: Options, face: Face = 'express') {
  const journal = new Journal()
  class Root extends BaseNamespace {
    override recv_json(value: unknown) {
      journal.note(depthOf(value))
    }
    override recv_disconnect(reason: string) {
      journal.note(reason)
    }
    on_deep(value: unknown) {
      journal.note(depthOf(value))
    }
    on_echo(value: unknown) {
      return [value]
    }
  }
  return { ...(await startServer(t, { '': Root }, options, face)), journal }
}

function depthOf(value: unknown): number {
  let depth = 0
  for (let inner = value; Array.isArray(inner); inner = inner[0]) depth++
  return depth
}

for (const face of faces) {
  for (const transport of transports) {
    for (const [what, packet, heard] of [
      ['an event', (depth: number) => `5:::{"name":"deep","args":[${lists(depth - 2)}]}`, 28],
      ['a JSON message', (depth: number) => `4:::${lists(depth)}`, 30],
    ] as const) {
      test(`${what} over ${transport} may be as deep as maxJsonDepth, and one level more ends it, on ${face}`, async (t) => {
        const server = await start(t, { maxJsonDepth: 30 }, face)
        const peer = await connectPeer(t, server, transport)
        await peer.send(packet(30))
        await server.journal.until(1)
        await peer.send(packet(31))
        assert.deepEqual(await server.journal.until(2), [heard, 'limit exceeded'])
        await peer.assertEnded()
      })
    }

    test(`an ack over ${transport} that is too deep ends the socket, on ${face}`, async (t) => {
      const server = await start(t, { maxJsonDepth: 30 }, face)
      const peer = await connectPeer(t, server, transport)
      await peer.send('5:1+::{"name":"echo","args":[1]}')
      assert.equal(await peer.receive(), '6:::1+[1]')
      await peer.send(`6:::9+${lists(31)}`)
      assert.deepEqual(await server.journal.until(1), ['limit exceeded'])
    })
  }

  for (const revision of revisions) {
    describe(`engine.io ${revision} on ${face}`, () => {
      test('an event on a websocket may be as deep as maxJsonDepth, and one level more ends it', async (t) => {
        const server = await start(t, { maxJsonDepth: 30 }, face)
        const peer = await connectWebSocket(t, server.url, revision)
        peer.send(`42["deep",${lists(29)}]`)
        await server.journal.until(1)
        peer.send(`42["deep",${lists(30)}]`)
        assert.deepEqual(await server.journal.until(2), [29, 'limit exceeded'])
        assert.deepEqual(await peer.rest(), [])
      })

      test('an event of a POST may be as deep as maxJsonDepth, and one level more ends the session', async (t) => {
        const server = await start(t, { maxJsonDepth: 30 }, face)
        const peer = await openPolling(server.url, revision)
        await peer.post(payload(revision, ...(revision === 4 ? ['40'] : []), `42["deep",${lists(29)}]`))
        await server.journal.until(1)
        await peer.post(payload(revision, `42["deep",${lists(30)}]`)).catch(() => {})
        assert.deepEqual(await server.journal.until(2), [29, 'limit exceeded'])
        await peer.ended()
      })
    })
  }
}

test('a connect whose auth is too deep ends the session', async (t) => {
  const { url } = await start(t, { maxJsonDepth: 30 })
  const peer = await openPolling(url)
  await peer.post(`40{"a":${lists(30)}}`)
  await peer.ended()
})

test('the form of jsonp-polling holds a string, and nothing of any depth is parsed in its place', async (t) => {
  const server = await start(t, {})
  const peer = await connectPeer(t, server, 'jsonp-polling')
  const { status } = await peer.raw.request(`/socket.io/1/jsonp-polling/${peer.sid}?i=0`, {
    method: 'POST',
    headers: { Referer: `${peer.raw.ownOrigin}/chat`, 'Content-Type': 'application/x-www-form-urlencoded' },
    body: `d=${lists(200_000)}`,
  })
  assert.equal(status, 200)
  assert.match(await peer.receive(), /"args":\["invalid_packet",/)
})

// From Node 26 on JSON.stringify() does not call itself for each level.
const writesAnyDepth = ((): boolean => {
  try {
    return JSON.stringify(JSON.parse(lists(200_000))) !== ''
  } catch {
    return false
  }
})()

test('a value that the bound lets in and JSON.stringify cannot write is a failure of its handler, and nothing else', async (t) => {
  t.mock.method(console, 'error', () => {})
  const server = await start(t, { maxJsonDepth: 1_000_000 })
  const client = await openClient(t, server)
  const deep = lists(200_000)
  const answer = await client.ask(`5:1+::{"name":"echo","args":[${deep}]}`)
  if (writesAnyDepth) assert.equal(answer, `6:::1+[${deep}]`)
  else assert.match(answer, /"args":\["handler_failed",/)
  assert.equal(await client.ask('5:2+::{"name":"echo","args":[1]}'), '6:::2+[1]')
  for (const revision of revisions) {
    const peer = await connectWebSocket(t, server.url, revision)
    peer.send(`421["echo",${deep}]`)
    assert.match(await peer.text(), /^42\["error","handler_failed",/)
    peer.send('422["echo",1]')
    assert.equal(await peer.text(), '432[1]')
  }
})

test('what the default lets in can be echoed on every wire', async (t) => {
  const server = await start(t, {})
  const deep = lists(900)
  const client = await openClient(t, server)
  assert.equal(await client.ask(`5:1+::{"name":"echo","args":[${deep}]}`), `6:::1+[${deep}]`)
  for (const revision of revisions) {
    const peer = await connectWebSocket(t, server.url, revision)
    peer.send(`421["echo",${deep}]`)
    assert.equal(await peer.text(), `431[${deep}]`)
  }
})
