// Owns: options as a client sees them on the wire: JSON of the app's own, transports, announced seconds, sizes.
// Elsewhere: what is told of wrong ones (test/unit/server/settings.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace, UsageError, socketioMiddleware } from '../../../lib/index.js'
import { faces, startServer } from '../../support/server.js'
import { Echo } from './apps.js'
import { ask, askUpgrade, openPeer, shakeHands } from './peer.js'

/** JSON with dates: `{"$date":ms}`. */
const jsonParse = (text: string): unknown =>
  JSON.parse(text, (_name, value: unknown) =>
    typeof value === 'object' && value !== null && '$date' in value ? new Date(Number(value.$date)) : value,
  )
const jsonStringify = (value: unknown): string =>
  JSON.stringify(value, function (this: Record<string, unknown>, name, written: unknown) {
    const own = this[name]
    return own instanceof Date ? { $date: own.getTime() } : written
  })

for (const face of faces) {
  test(`jsonParse and jsonStringify read and write the packets, on ${face}`, async (t) => {
    const years: unknown[] = []
    class Dates extends BaseNamespace {
      on_date(date: Date) {
        years.push(date.getUTCFullYear())
        return new Date(date.getTime() + 1)
      }
      override recv_json(date: Date) {
        years.push(date.getUTCFullYear())
        this.send({ at: date }, { json: true })
      }
    }
    const { url } = await startServer(t, { '': Dates }, { jsonParse, jsonStringify }, face)
    const peer = await openPeer(t, url, await shakeHands(url))
    peer.send('5:1+::{"name":"date","args":[{"$date":0}]}')
    assert.equal(await peer.frame(), '6:::1+[{"$date":1}]')
    peer.send('4:::{"$date":0}')
    assert.equal(await peer.frame(), '4:::{"at":{"$date":0}}')
    assert.deepEqual(years, [1970, 1970])
  })
}

test('a jsonParse that throws makes a bad packet, and the socket lives', async (t) => {
  const { url } = await startServer(
    t,
    { '': Echo },
    {
      jsonParse: (text) => {
        if (text.includes('bad')) throw new Error('secret reason')
        return JSON.parse(text)
      },
    },
  )
  const peer = await openPeer(t, url, await shakeHands(url))
  peer.send('4:::"bad"')
  const told = await peer.frame()
  assert.match(told, /^5:::\{"name":"error","args":\["invalid_packet",/)
  assert.doesNotMatch(told, /secret/)
  peer.send('5:1+::{"name":"echo","args":[1]}')
  assert.equal(await peer.frame(), '6:::1+[1]')
})

test('transports are offered in the order of the option, and others answer 400', async (t) => {
  const { url } = await startServer(t, {}, { transports: ['jsonp-polling', 'xhr-polling'] })
  const { body } = await ask(`${url}/socket.io/1/`)
  assert.match(body, /:jsonp-polling,xhr-polling$/)
  const sid = body.slice(0, body.indexOf(':'))
  for (const transport of ['htmlfile', 'websocket', 'flashsocket', 'constructor', '__proto__']) {
    const answer = await ask(`${url}/socket.io/1/${transport}/${sid}`)
    assert.deepEqual(
      [transport, answer.status, answer.body],
      [transport, 400, 'expected one of the transports jsonp-polling, xhr-polling'],
    )
  }
  const upgrade = await askUpgrade(t, `${url}/socket.io/1/websocket/${sid}`)
  assert.deepEqual([upgrade.status, upgrade.headers.connection], [400, 'close'])
  assert.equal((await ask(`${url}/socket.io/1/xhr-polling/${sid}`)).body, '1::')
})

test('flashsocket is a websocket by another name, where it is offered', async (t) => {
  const { url } = await startServer(t, {}, { transports: ['flashsocket'] })
  const sid = await shakeHands(url)
  assert.equal((await askUpgrade(t, `${url}/socket.io/1/flashsocket/${sid}`)).status, 101)
  assert.equal((await askUpgrade(t, `${url}/socket.io/1/websocket/${sid}`)).status, 400)
})

test('a GET on a websocket URL that asks for no upgrade is answered 400', async (t) => {
  const { url } = await startServer(t, {})
  const { status, body } = await ask(`${url}/socket.io/1/websocket/${await shakeHands(url)}`)
  assert.deepEqual([status, body], [400, 'expected an upgrade to websocket'])
})

test('the handshake announces whole seconds, rounded up', async (t) => {
  for (const [heartbeatTimeout, closeTimeout, announced] of [
    [1500, 2001, '2:3'],
    [2, 2, '1:1'],
    [2_147_483_000, 61_000, '2147483:61'],
  ] as const) {
    const options = { heartbeatTimeout, closeTimeout, heartbeatInterval: 1, pollingDuration: 1 }
    const { url } = await startServer(t, {}, options)
    const { body } = await ask(`${url}/socket.io/1/`)
    assert.match(body, new RegExp(`^[\\w-]+:${announced}:websocket,`))
  }
})

test('a protocol version other than 1 is answered 500', async (t) => {
  const { url } = await startServer(t, {})
  const { status, body } = await ask(`${url}/socket.io/2/?jsonp=1`, { headers: { Referer: url } })
  assert.deepEqual([status, body], [500, 'Protocol version not supported.'])
})

test('a wrong option is told when the middleware is made', () => {
  assert.throws(
    () => socketioMiddleware({}, { closeTimeout: '60' as never }),
    (error) => {
      assert.ok(error instanceof UsageError)
      assert.equal(error.code, 'SIO_USAGE_OPTION')
      assert.match(error.message, /^expected option closeTimeout to be an integer of milliseconds .*, got "60"$/)
      return true
    },
  )
})
