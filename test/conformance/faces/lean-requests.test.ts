// Owns: what a socket keeps of the request that it began with, and what goes once that is answered.
// Elsewhere: the environ, which keeps all that it says (handshakes.test.ts).
import '../../support/with-shortcuts.js'
import assert from 'node:assert/strict'
import http from 'node:http'
import { test, type TestContext } from 'node:test'
import express from 'express'
import { BaseNamespace, socketioMiddleware } from '../../../lib/index.js'
import { held } from '../../support/garbage.js'
import { listen, type TestServer } from '../../support/server.js'
import { becomes } from './peer.js'

interface Kept {
  readonly server: TestServer
  readonly requests: WeakRef<express.Request>[]
  /** Shakes hands on a connection that the agent may keep: the sid. */
  readonly shakeHands: (agent: http.Agent) => Promise<string>
}

async function start(t: TestContext): Promise<Kept> {
  const requests: WeakRef<express.Request>[] = []
  const session = (request: http.IncomingMessage) => {
    requests.push(new WeakRef(request as express.Request))
    return {}
  }
  const io = socketioMiddleware({ '': BaseNamespace }, { session })
  const server = await listen(t, io, http.createServer(express().use(io)))
  const get = (agent: http.Agent, path: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const request = http.get(`${server.url}${path}`, { agent }, (response) => {
        let body = ''
        response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
        response.on('end', () => {
          resolve(body)
        })
      })
      request.on('error', reject)
    })
  const shakeHands = async (agent: http.Agent): Promise<string> => {
    const [sid = ''] = (await get(agent, '/socket.io/1/')).split(':')
    return sid
  }
  return { server, requests, shakeHands }
}

test('the response and next() are let go with the answer, and the address outlives the connection', async (t) => {
  const { requests, shakeHands } = await start(t)
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  for (let shaken = 0; shaken < 3; shaken++) await shakeHands(agent)
  const found = requests.map((reference) => reference.deref() as express.Request)
  assert.equal(found.length, 3)
  const [first] = found
  await becomes('the response is let go', () => first?.res === undefined)
  assert.deepEqual([first?.next, first?.url, first?.headers.host !== undefined], [undefined, '/socket.io/1/', true])
  const connection = first?.socket
  assert.equal(connection?.destroyed, false)
  agent.destroy()
  await becomes('the connection is let go', () => first?.socket !== connection)
  for (const request of found) {
    assert.deepEqual([request.ip, request.protocol, request.socket.destroyed], ['127.0.0.1', 'http', true])
    assert.equal(request.path, '/socket.io/1/')
  }
})

test('a connection that lives on keeps no request of a socket that is over', async (t) => {
  const { server, requests, shakeHands } = await start(t)
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  t.after(() => {
    agent.destroy()
  })
  for (let shaken = 0; shaken < 50; shaken++) {
    const sid = await shakeHands(agent)
    await fetch(`${server.url}/socket.io/1//${sid}/?disconnect=1`)
  }
  assert.equal(requests.length, 50)
  // The last one is the connection's own, until the next.
  assert.ok((await held(requests)) <= 1)
})
