// Owns: servers whose requests and responses are of classes of the application's own, with accessors by names that we,
// Express or engine.io use.
import assert from 'node:assert/strict'
import http from 'node:http'
import { test } from 'node:test'
import express from 'express'
import Koa from 'koa'
import { socketioMiddleware, type SocketioMiddleware } from '../../../lib/index.js'
import { openPolling, openWebSocket } from '../../support/engine-peer.js'
import { listen } from '../../support/server.js'
import { Echo } from './apps.js'
import { ask, openPeer, shakeHands } from './peer.js'

/** A class with a getter, and no setter, for each name. */
function withGetters<Base extends new (...args: never[]) => object>(base: Base, names: readonly string[]): Base {
  const derived = class extends (base as new (...args: never[]) => object) {}
  for (const name of names) Object.defineProperty(derived.prototype, name, { get: () => undefined })
  return derived as Base
}

const asked = ['res', 'next', 'baseUrl', '_parsedUrl', 'params', '_query', 'cleanup', 'query', 'path', 'ip', 'protocol']
const answered = ['locals']

class Own extends withGetters(http.IncomingMessage, asked) {
  get originalUrl() {
    return this.url
  }
}
const ServerResponse = withGetters(http.ServerResponse, answered)

// Express sets `res` and `locals` itself, and gives requests another prototype then.
class Named extends http.IncomingMessage {
  get params() {
    return {}
  }
  get user() {
    return 'ada'
  }
  get cleanup() {
    return undefined
  }
}

const faces: readonly [string, http.ServerOptions, (io: SocketioMiddleware) => http.RequestListener][] = [
  ['a plain server', { IncomingMessage: Own, ServerResponse: ServerResponse }, (io) => io],
  ['Koa', { IncomingMessage: Own, ServerResponse: ServerResponse }, (io) => new Koa().use(io).callback()],
  ['Express', { IncomingMessage: Named }, (io) => express().use(io)],
]

for (const [name, classes, listener] of faces) {
  for (const attach of [false, true]) {
    const place = `${name} with classes of its own${attach ? ' that io.attach() was told of' : ''}`

    test(`${place} serves clients of every kind`, async (t) => {
      const io = socketioMiddleware({ '': Echo })
      const server = http.createServer(classes, listener(io))
      if (attach) io.attach(server)
      const { url } = await listen(t, io, server)
      const path = `${url}/socket.io/1/xhr-polling/${await shakeHands(url)}`
      assert.equal((await ask(path)).body, '1::')
      assert.equal((await ask(path, { body: '5:1+::{"name":"echo","args":[1]}' })).body, '1')
      assert.equal((await ask(path)).body, '6:::1+[1]')
      const line = await openPeer(t, url, await shakeHands(url))
      line.send('5:1+::{"name":"echo","args":[2]}')
      assert.equal(await line.frame(), '6:::1+[2]')
      const polling = await openPolling(url)
      assert.equal((await polling.post('40')).body, 'ok')
      assert.match((await polling.poll()).body, /^40/)
      await polling.post('421["echo",3]')
      assert.equal((await polling.poll()).body, '431[3]')
      const modern = await openWebSocket(t, url)
      modern.send('40')
      assert.match(await modern.text(), /^40/)
      modern.send('421["echo",4]')
      assert.equal(await modern.text(), '431[4]')
    })
  }
}
