// Owns: how a client of engine.io opens a session, and what it is told when it asks wrongly.
// Elsewhere: what it sends then (engine-polling.test.ts, engine-upgrade.test.ts), what the app says first (app.test.ts).
import assert from 'node:assert/strict'
import { IncomingMessage } from 'node:http'
import { test } from 'node:test'
import { BaseNamespace } from '../../../lib/index.js'
import { ask, openPolling, startWebSocket, withoutSid } from '../../support/engine-peer.js'
import { within } from '../../support/journal.js'
import { faces, startServer } from '../../support/server.js'

const options = { pingInterval: 30_000, pingTimeout: 20_000 }
const namespaces = { '': BaseNamespace }

const polled = '0{"sid":"SID","upgrades":["websocket"],"pingInterval":30000,"pingTimeout":20000,"maxPayload":1000000}'
const upgraded = '0{"sid":"SID","upgrades":[],"pingInterval":30000,"pingTimeout":20000,"maxPayload":1000000}'

type Refusal = readonly [what: string, query: string, code: number, message: string, method?: string]

const refusals: readonly Refusal[] = [
  ['no EIO and no transport that is known', 'transport=abc', 0, 'Transport unknown'],
  ['an EIO that is no number', 'EIO=abc&transport=polling', 5, 'Unsupported protocol version'],
  ['an EIO to come', 'EIO=5&transport=polling', 5, 'Unsupported protocol version'],
  ['no transport', 'EIO=4', 0, 'Transport unknown'],
  ['an unknown transport', 'EIO=4&transport=abc', 0, 'Transport unknown'],
  ['a transport that every object has', 'EIO=4&transport=constructor', 0, 'Transport unknown'],
  ['webtransport', 'EIO=4&transport=webtransport', 0, 'Transport unknown'],
  ['no transport, in revision 3', 'EIO=3', 0, 'Transport unknown'],
  ['a websocket without an upgrade', 'EIO=4&transport=websocket', 3, 'Bad request'],
  ['a POST', 'EIO=4&transport=polling', 2, 'Bad handshake method', 'POST'],
  ['a PUT', 'EIO=4&transport=polling', 2, 'Bad handshake method', 'PUT'],
  ['a POST, in revision 3', 'EIO=3&transport=polling', 2, 'Bad handshake method', 'POST'],
  ['an unknown sid', 'EIO=4&transport=polling&sid=abc', 1, 'Session ID unknown'],
  ['an unknown sid of a POST', 'EIO=4&transport=polling&sid=abc', 1, 'Session ID unknown', 'POST'],
  ['a sid that every object has', 'EIO=4&transport=polling&sid=__proto__', 1, 'Session ID unknown'],
  ['another one', 'EIO=4&transport=polling&sid=constructor', 1, 'Session ID unknown'],
]

for (const face of faces) {
  test(`a first poll of revision 4 is answered with the handshake, on ${face}`, async (t) => {
    const { url } = await startServer(t, namespaces, options, face)
    const { opening } = await openPolling(url)
    assert.deepEqual([opening.status, withoutSid(opening.body)], [200, polled])
    assert.equal(opening.headers['content-type'], 'text/plain; charset=UTF-8')
    assert.equal(opening.headers['content-length'], String(opening.bytes.length))
    assert.equal(opening.headers['cache-control'], 'no-store')
  })

  test(`a first poll of revision 3 is answered with the handshake behind its length, on ${face}`, async (t) => {
    const { url } = await startServer(t, namespaces, options, face)
    const { opening } = await openPolling(url, 3)
    const sidLength = 20
    assert.equal(withoutSid(opening.body), `${polled.length - 'SID'.length + sidLength}:${polled}`)
  })

  test(`a websocket of revision 4 begins with the handshake and nothing else, on ${face}`, async (t) => {
    const { url } = await startServer(t, namespaces, options, face)
    const peer = startWebSocket(t, `${url}/socket.io/?EIO=4&transport=websocket`)
    assert.equal(withoutSid(await peer.text()), upgraded)
    // What is answered first shows that nothing else has come.
    peer.send('40')
    assert.equal(withoutSid(await peer.text()), '40{"sid":"SID"}')
  })

  test(`a websocket of revision 3 begins with the handshake and the connect, on ${face}`, async (t) => {
    const { url } = await startServer(t, namespaces, options, face)
    const peer = startWebSocket(t, `${url}/socket.io/?EIO=3&transport=websocket`)
    assert.deepEqual([withoutSid(await peer.text()), await peer.text()], [upgraded, '40'])
  })

  for (const [what, query, code, message, method] of refusals) {
    test(`${what} in a request gets error ${code}, on ${face}`, async (t) => {
      const { url } = await startServer(t, namespaces, {}, face)
      const answer = await ask(`${url}/socket.io/?${query}`, method === undefined ? {} : { method })
      assert.deepEqual([answer.status, answer.body], [400, JSON.stringify({ code, message })])
      assert.equal(answer.headers['content-type'], 'application/json')
    })
  }

  for (const [what, query, message] of [
    ['no transport', 'EIO=4', 'Transport unknown'],
    ['an unknown transport', 'EIO=4&transport=abc', 'Transport unknown'],
    ['an unknown sid', 'EIO=4&transport=websocket&sid=abc', 'Session ID unknown'],
    ['a sid that every object has', 'EIO=4&transport=websocket&sid=__proto__', 'Session ID unknown'],
  ] as const) {
    test(`${what} in an upgrade gets 400 and its connection is closed, on ${face}`, async (t) => {
      const { url } = await startServer(t, namespaces, {}, face)
      const peer = startWebSocket(t, `${url}/socket.io/?${query}`)
      const { status, headers, body } = await within('a refusal', peer.refused)
      assert.deepEqual([status, headers.connection, body], [400, 'close', message])
    })
  }

  test(`an EIO that is no number in an upgrade gets error 5, on ${face}`, async (t) => {
    const { url } = await startServer(t, namespaces, {}, face)
    const peer = startWebSocket(t, `${url}/socket.io/?EIO=abc&transport=websocket`)
    const { status, body } = await within('a refusal', peer.refused)
    assert.deepEqual([status, body], [400, '{"code":5,"message":"Unsupported protocol version"}'])
  })

  for (const revision of ['', 'EIO=&']) {
    test(`a client that says ${revision || 'nothing'} of its revision is one of revision 3, on ${face}`, async (t) => {
      const { url } = await startServer(t, namespaces, options, face)
      const { body } = await ask(`${url}/socket.io/?${revision}transport=polling`)
      assert.match(withoutSid(body), /^\d+:0\{"sid":"SID"/)
      const sid = /"sid":"([^"]+)"/.exec(body)?.[1]
      assert.equal((await ask(`${url}/socket.io/?transport=polling&sid=${sid}`)).body, '2:40')
      const peer = startWebSocket(t, `${url}/socket.io/?${revision}transport=websocket`)
      assert.deepEqual([withoutSid(await peer.text()), await peer.text()], [upgraded, '40'])
    })
  }

  test(`a client that says nothing of its revision gets error 5 where 3 is switched off, on ${face}`, async (t) => {
    const { url } = await startServer(t, namespaces, { engine: { allowEIO3: false } }, face)
    const { status, body } = await ask(`${url}/socket.io/?transport=polling`)
    assert.deepEqual([status, body], [400, '{"code":5,"message":"Unsupported protocol version"}'])
  })

  for (const path of ['/socket.io', '/socket.io/']) {
    for (const sid of ['sid=', 'sid', 'sid=&sid=abc', 's%69d=']) {
      test(`${path}?${sid} is a handshake: an empty session id is none, on ${face}`, async (t) => {
        const { url } = await startServer(t, namespaces, options, face)
        const { status, body } = await ask(`${url}${path}?EIO=4&transport=polling&${sid}`)
        assert.deepEqual([status, withoutSid(body)], [200, polled])
        const peer = startWebSocket(t, `${url}${path}?EIO=4&transport=websocket&${sid}`)
        assert.equal(withoutSid(await peer.text()), upgraded)
      })
    }

    test(`${path}: of two session ids the first is the client's, percent-encoded or not, on ${face}`, async (t) => {
      const { url } = await startServer(t, namespaces, {}, face)
      const { sid } = await openPolling(url)
      const encoded = `%${sid.charCodeAt(0).toString(16)}${sid.slice(1)}`
      for (const own of [sid, encoded]) {
        const target = `${url}${path}?EIO=4&transport=polling&sid=${own}&sid=abc`
        assert.equal((await ask(target, { body: '6' })).body, 'ok')
      }
      const other = await ask(`${url}${path}?EIO=4&transport=polling&sid=abc&sid=${sid}`)
      assert.deepEqual([other.status, other.body], [400, '{"code":1,"message":"Session ID unknown"}'])
    })
  }

  test(`a poll in another revision than its handshake gets error 3, on ${face}`, async (t) => {
    const { url } = await startServer(t, namespaces, {}, face)
    const { sid } = await openPolling(url)
    const { status, body } = await ask(`${url}/socket.io/?EIO=3&transport=polling&sid=${sid}`)
    assert.deepEqual([status, body], [400, '{"code":3,"message":"Bad request"}'])
  })

  test(`revision 3 gets error 5 where it is switched off, on ${face}`, async (t) => {
    const { url } = await startServer(t, namespaces, { engine: { allowEIO3: false } }, face)
    const { status, body } = await ask(`${url}/socket.io/?EIO=3&transport=polling`)
    assert.deepEqual([status, body], [400, '{"code":5,"message":"Unsupported protocol version"}'])
    assert.equal((await openPolling(url, 4)).opening.status, 200)
  })

  test(`a websocket of revision 3 is closed where it is switched off, on ${face}`, async (t) => {
    const { url } = await startServer(t, namespaces, { engine: { allowEIO3: false } }, face)
    const peer = startWebSocket(t, `${url}/socket.io/?EIO=3&transport=websocket`)
    assert.deepEqual(await peer.rest(), [])
  })

  test(`a transport that is switched off is unknown, on ${face}`, async (t) => {
    const { url } = await startServer(t, namespaces, { engine: { transports: ['websocket'] } }, face)
    const { status, body } = await ask(`${url}/socket.io/?EIO=4&transport=polling`)
    assert.deepEqual([status, body], [400, '{"code":0,"message":"Transport unknown"}'])
  })

  test(`generateId() gets the app's own request, over polling and websocket, on ${face}`, async (t) => {
    const asked: unknown[] = []
    const session = (request: IncomingMessage): object => {
      asked.push(request)
      return {}
    }
    const generateId = (request: IncomingMessage): string => {
      asked.push(request)
      return `one.${asked.length}`
    }
    const { url } = await startServer(t, namespaces, { session, engine: { generateId } }, face)
    assert.equal((await openPolling(url)).sid, 'one.2')
    const peer = startWebSocket(t, `${url}/socket.io/?EIO=4&transport=websocket`)
    assert.match(await peer.text(), /^0\{"sid":"one\.4"/)
    assert.equal(asked.length, 4)
    assert.ok(asked[0] === asked[1] && asked[2] === asked[3])
    assert.ok(asked.every((request) => request instanceof IncomingMessage))
  })
}

test('an upgrade where websockets are switched off is a request like others', async (t) => {
  const { url } = await startServer(t, namespaces, { ...options, engine: { transports: ['polling'] } })
  const upgrade = async (transport: string): Promise<unknown[]> => {
    const peer = startWebSocket(t, `${url}/socket.io/?EIO=4&transport=${transport}`)
    const { status, body } = await within('a refusal', peer.refused)
    return [status, withoutSid(body)]
  }
  assert.deepEqual(await upgrade('websocket'), [400, '{"code":0,"message":"Transport unknown"}'])
  assert.deepEqual(await upgrade('polling'), [200, polled.replace('"websocket"', '')])
  assert.equal((await openPolling(url)).opening.status, 200)
})

for (const [what, generateId] of [
  ['throws', () => assert.fail('no ids')],
  ['rejects', () => Promise.reject(new Error('no ids'))],
  ['makes an empty one', () => ''],
  ['makes something else', (() => 5) as never],
  ['makes the one of a client that is connected', () => 'always the same'],
] as const) {
  test(`a generateId() that ${what} is answered 400, and reported`, async (t) => {
    const errors = t.mock.method(console, 'error', () => {})
    const { url } = await startServer(t, namespaces, { engine: { generateId } })
    const first = await ask(`${url}/socket.io/?EIO=4&transport=polling`)
    const { status, body } = await ask(`${url}/socket.io/?EIO=4&transport=polling`)
    assert.deepEqual([status, body], [400, '{"code":3,"message":"Bad request"}'])
    const peer = startWebSocket(t, `${url}/socket.io/?EIO=4&transport=websocket`)
    // Not after a 101.
    const refused = await within('a refusal', peer.refused)
    assert.deepEqual([refused.status, refused.body], [400, '{"code":3,"message":"Bad request"}'])
    const reported = errors.mock.calls.map(({ arguments: [message] }) => String(message))
    assert.ok(reported.length >= 2)
    for (const message of reported) assert.match(message, /engine\.generateId\(\) failed/)
    if (first.status === 200) {
      const sid = /"sid":"([^"]+)"/.exec(first.body)?.[1] ?? ''
      const again = await ask(`${url}/socket.io/?EIO=4&transport=polling&sid=${sid}`, { body: '40' })
      assert.equal(again.body, 'ok')
    }
  })
}
