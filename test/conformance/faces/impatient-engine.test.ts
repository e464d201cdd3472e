// Owns: apps that answer in our place after 0, 50 or 200 ms, in front of every kind of request, whatever it waits for: their
// answer stands, the process goes on, and so does the session.
// Elsewhere: what exactly a 0.9 client is told then (impatient-apps.test.ts).
import assert from 'node:assert/strict'
import http from 'node:http'
import { test, type TestContext } from 'node:test'
import express from 'express'
import Koa from 'koa'
import { BaseNamespace, socketioMiddleware, type Options } from '../../../lib/index.js'
import { openPolling, payload, RS } from '../../support/engine-peer.js'
import { faces, listen, type Face, type TestServer } from '../../support/server.js'
import { Gate } from '../../support/wire-client.js'
import { ask, askUpgrade, becomes, shakeHands, soon, type Answer } from './peer.js'

const impatient = { 'X-Impatient': '1' }
const refusal = [503, 'too late']
const brief = ({ status, body }: Answer): unknown[] => [status, body]

interface Impatient extends TestServer {
  readonly gate: Gate
  /** The handlers that wait for it. */
  readonly began: unknown[]
}

/** An app that answers what has the header `X-Impatient` after so many milliseconds, if nobody has until then. */
async function start(t: TestContext, face: Face, patienceMs: number, options: Options = {}): Promise<Impatient> {
  const gate = new Gate()
  const began: unknown[] = []
  class Slow extends BaseNamespace {
    async on_wait() {
      began.push(this)
      await gate.opened
    }
    on_tell() {
      this.emit('told')
    }
  }
  const io = socketioMiddleware({ '': Slow }, { pingInterval: 60_000, ...options })
  const answerLater = (request: http.IncomingMessage, response: http.ServerResponse): void => {
    if (request.headers['x-impatient'] === undefined) return
    setTimeout(() => {
      if (!response.headersSent) response.writeHead(503, { 'Content-Type': 'text/plain' }).end('too late')
    }, patienceMs)
  }
  const app =
    face === 'koa'
      ? new Koa()
          .use((ctx, next) => {
            answerLater(ctx.req, ctx.res)
            return next()
          })
          .use(io)
          .callback()
      : express().use((request, response, next) => {
          answerLater(request, response)
          next()
        }, io)
  return { ...(await listen(t, io, http.createServer(app))), gate, began }
}

const later = <Value>(value: Value): Promise<Value> =>
  new Promise((resolve) => {
    setTimeout(resolve, 300, value)
  })

const waits: readonly (readonly [what: string, options: Options])[] = [
  ['authorize', { authorize: () => later(true) }],
  ['session', { session: () => later({}) }],
  ['origins', { origins: () => later(true) }],
  ['engine.generateId', { engine: { generateId: () => later(`id-${Math.random()}`) } }],
]

const beginnings: readonly (readonly [what: string, path: string, isUpgrade?: boolean])[] = [
  ['a handshake of 0.9', '/socket.io/1/'],
  ['a handshake of 0.9 by script', '/socket.io/1/?jsonp=1'],
  ['a first poll of 4', '/socket.io/?EIO=4&transport=polling'],
  ['a first poll of 2', '/socket.io/?EIO=3&transport=polling'],
  ['a first poll of 2 by script', '/socket.io/?EIO=3&transport=polling&j=0'],
  ['a websocket of 4', '/socket.io/?EIO=4&transport=websocket', true],
]

for (const face of faces) {
  for (const patienceMs of [0, 50, 200]) {
    for (const [option, options] of waits) {
      test(`an app that answers after ${patienceMs} ms, while ${option} waits, ends nothing, on ${face}`, async (t) => {
        const { url } = await start(t, face, patienceMs, options)
        const headers = { ...impatient, Origin: url }
        // What waits for no id is answered by us.
        const begin = async ([what, path, isUpgrade]: (typeof beginnings)[number]): Promise<void> => {
          const answer = isUpgrade ? await askUpgrade(t, url + path, headers) : await ask(url + path, { headers })
          const waitsForId = !what.includes('0.9')
          if (option === 'engine.generateId' && !waitsForId) assert.notEqual(answer.status, 503, what)
          else assert.deepEqual([what, ...brief(answer)], [what, ...refusal])
        }
        await Promise.all(beginnings.map(begin))
        await later(undefined)
        assert.equal((await openPolling(url, 4, { headers: { Origin: url } })).opening.status, 200)
      })
    }

    for (const revision of [3, 4] as const) {
      test(`a poll of engine.io ${revision} that the app answers after ${patienceMs} ms loses nothing, on ${face}`, async (t) => {
        const { url } = await start(t, face, patienceMs)
        const peer = await openPolling(url, revision)
        if (revision === 4) await peer.post('40')
        assert.match((await peer.poll()).body, /40/)
        const held = await peer.poll(impatient)
        assert.deepEqual([held.status, held.body], refusal)
        const posted = await peer.post(payload(revision, '42["tell"]'))
        assert.equal(posted.body, 'ok')
        const told = '42["told"]'
        assert.equal((await peer.poll()).body, payload(revision, told))
        // And again, with what is sent while the app answers.
        const [again] = await Promise.all([peer.poll(impatient), later(undefined)])
        assert.deepEqual([again.status, again.body], refusal)
        const next = peer.poll()
        await peer.post(payload(revision, '42["tell"]'))
        assert.equal((await next).body, payload(revision, told))
      })

      test(`a POST of engine.io ${revision} that the app answers after ${patienceMs} ms, while it is held, ends nothing, on ${face}`, async (t) => {
        const { url, gate } = await start(t, face, patienceMs, { maxQueuedEvents: 1 })
        const peer = await openPolling(url, revision)
        const wait = '42["wait"]'
        await peer.post(payload(revision, ...(revision === 4 ? ['40'] : []), wait, wait, wait))
        const held = await peer.post(payload(revision, wait), impatient)
        assert.deepEqual([held.status, held.body], refusal)
        gate.open()
        assert.match((await peer.poll()).body, /40/)
        assert.equal((await peer.post(payload(revision, '42["tell"]'))).body, 'ok')
        assert.equal((await peer.poll()).body, payload(revision, '42["told"]'))
      })
    }

    for (const transport of ['xhr-polling', 'jsonp-polling', 'htmlfile']) {
      test(`requests of ${transport} that the app answers after ${patienceMs} ms end nothing, on ${face}`, async (t) => {
        const { url, gate, began } = await start(t, face, patienceMs, { maxQueuedEvents: 1 })
        const own = { Referer: `${url}/` }
        const target = `${url}/socket.io/1/${transport}/${await shakeHands(url)}`
        const polling = target.replace(transport, 'xhr-polling')
        assert.equal((await ask(polling)).body, '1::')
        const wait = '5:::{"name":"wait"}'
        const packets = [wait, wait, wait].map((packet) => `\ufffd${packet.length}\ufffd${packet}`).join('')
        const filling = ask(polling, { body: packets })
        await becomes('the queue is full', () => began.length === 1)
        const body = transport === 'jsonp-polling' ? `d=${encodeURIComponent(JSON.stringify(wait))}` : wait
        const held = await ask(target, { body, headers: { ...own, ...impatient } })
        assert.deepEqual(brief(held), refusal)
        if (transport !== 'htmlfile') {
          assert.deepEqual(brief(await ask(`${target}?i=0`, { headers: { ...own, ...impatient } })), refusal)
        }
        gate.open()
        assert.equal((await filling).body, '1')
        assert.equal((await ask(polling, { body: '5:::{"name":"tell"}' })).body, '1')
        assert.equal((await ask(polling)).body, '5:::{"name":"told"}')
      })
    }
  }

  test(`a message that an app's answer has begun to push aside is not lost, on ${face}`, async (t) => {
    const { url, server } = await start(t, face, 1e6)
    const peer = await openPolling(url)
    await peer.post('40')
    await peer.poll()
    // The app has said half of its answer when something is sent.
    let begun: http.ServerResponse | undefined
    server.prependOnceListener('request', (_request, response) => {
      begun = response
    })
    const half = peer.poll()
    await becomes('the poll is there', () => begun !== undefined)
    begun?.writeHead(503)
    begun?.write('too ')
    assert.equal((await peer.post('42["tell"]')).body, 'ok')
    begun?.end('late')
    const { status, body } = await soon('the answer', half)
    assert.deepEqual([status, body], refusal)
    assert.equal((await peer.poll()).body, '42["told"]')
    assert.equal((await peer.post(['42["tell"]', '42["tell"]'].join(RS))).body, 'ok')
  })
}
