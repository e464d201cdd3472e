// Owns: what an app sees of the request, the response and the connection of an upgrade, and what it does to them: the same as
// for an ordinary request, whoever else listens for upgrades, and nothing of it reaches another client.
// Elsewhere: upgrades whose client goes away (half-closed.test.ts), answers to upgrades (upgrades-express.test.ts).
import assert from 'node:assert/strict'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { test, type TestContext } from 'node:test'
import express, { type RequestHandler } from 'express'
import { socketioMiddleware, type Options } from '../../../lib/index.js'
import { listen } from '../../support/server.js'
import { Echo } from './apps.js'
import { ask, askUpgrade, becomes, exchangeBytes, soon, startPeer, upgradeHeaders } from './peer.js'

const path = '/socket.io/?EIO=4&transport=websocket'

interface Setting extends Options {
  /** Whether somebody else listens for upgrades. */
  readonly others?: boolean
}

async function start(t: TestContext, before: RequestHandler, { others = false, ...options }: Setting = {}) {
  const io = socketioMiddleware({ '': Echo }, options)
  const app = express()
    .use(before)
    .use(io)
    .use((_request, response) => {
      response.status(404).end('no')
    })
  const server = http.createServer(app)
  if (others) {
    server.on('upgrade', (_request, socket: Duplex) => {
      socket.end('HTTP/1.1 419 Others\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
    })
  }
  return listen(t, io, server)
}

function upgradeOf(url: string): string {
  const lines = Object.entries({ Host: 'x', ...upgradeHeaders }).map(([name, value]) => `${name}: ${value}\r\n`)
  return `GET ${url} HTTP/1.1\r\n${lines.join('')}\r\n`
}

function note(request: IncomingMessage, response: ServerResponse): string[] {
  const events: string[] = []
  for (const name of ['aborted', 'end', 'close']) request.on(name, () => events.push(`request ${name}`))
  for (const name of ['finish', 'close']) response.on(name, () => events.push(`response ${name}`))
  return events
}

for (const [what, url, options] of [
  ['the app answers 404', '/rt/socket.io/?EIO=4&transport=websocket', {}],
  ['authorize refuses', path, { authorize: () => false }],
  ['the origin refuses', path, { origins: () => false }],
  ['nobody takes on trial', '/rt/socket.io/?EIO=4&transport=websocket', { others: true }],
] as const satisfies readonly (readonly [string, string, Setting])[]) {
  test(`the request of an upgrade that ${what} emits what an ordinary one does, once it is over`, async (t) => {
    const learned: string[][] = []
    const { url: base } = await start(
      t,
      (request, response, next) => {
        learned.push(note(request, response))
        next()
      },
      options,
    )
    await ask(`${base}/page`)
    await becomes('the ordinary request is over', () => learned[0]?.length === 4)
    const { status } = await askUpgrade(t, base + url, { Origin: 'http://elsewhere' })
    assert.notEqual(status, 101)
    await becomes('the upgrade is over', () => (learned[1]?.length ?? 0) >= 4)
    await new Promise((resolve) => setTimeout(resolve, 30))
    assert.deepEqual(learned[1]?.toSorted(), learned[0]?.toSorted())
    assert.deepEqual(learned[0]?.toSorted(), ['request close', 'request end', 'response close', 'response finish'])
  })
}

test('an app that gives an upgrade on trial up late learns once that its response is closed', async (t) => {
  let learned: string[] = []
  const before: RequestHandler = (request, response) => {
    learned = note(request, response)
    response.destroy()
  }
  const { url } = await start(t, before, { others: true })
  assert.equal((await askUpgrade(t, url + path)).status, 419)
  await becomes('the upgrade is over', () => learned.length >= 3)
  await new Promise((resolve) => setTimeout(resolve, 30))
  assert.deepEqual(learned.toSorted(), ['request close', 'request end', 'response close'])
})

for (const others of [false, true]) {
  const where = others ? 'with other listeners' : 'without other listeners'

  for (const [what, end] of [
    ['res.destroy()', (_request, response) => response.destroy()],
    ['res.socket.destroy()', (_request, response) => response.socket?.destroy()],
    ['res.socket.destroySoon()', (_request, response) => response.socket?.destroySoon()],
    ['res.socket.end()', (_request, response) => response.socket?.end()],
  ] as readonly (readonly [string, (request: IncomingMessage, response: ServerResponse) => void])[]) {
    test(`${what} in front of next() ends the connection of an upgrade, ${where}`, async (t) => {
      const before: RequestHandler = (request, response, next) => {
        end(request, response)
        next()
      }
      const { port } = await start(t, before, { others })
      assert.equal(await exchangeBytes(port, upgradeOf(path)), '')
    })
  }

  test(`a kept res.socket ends its connection after the upgrade, and emits close with it, ${where}`, async (t) => {
    const kept: (Duplex | null)[] = []
    let closed = 0
    const before: RequestHandler = (_request, response, next) => {
      kept.push(response.socket)
      response.socket?.on('close', () => closed++)
      next()
    }
    const { url } = await start(t, before, { others })
    for (const end of [
      (peer: ReturnType<typeof startPeer>) => {
        peer.websocket.terminate()
      },
      () => {
        kept.at(-1)?.destroy()
      },
    ]) {
      closed = 0
      const peer = startPeer(t, url.replace('http', 'ws') + path)
      await peer.frame()
      assert.equal(closed, 0)
      end(peer)
      await soon('the end', peer.closed)
      await becomes('close', () => closed > 0)
      await new Promise((resolve) => setTimeout(resolve, 10))
      assert.equal(closed, 1)
    }
  })
}

test('what an app does to the connection of an answer that it wraps reaches no other client', async (t) => {
  const kept: Duplex[] = []
  const before: RequestHandler = (request, response, next) => {
    const end = response.end.bind(response)
    if (request.url.includes('old=1')) {
      response.end = ((...body: []) => {
        const { socket } = response
        if (socket !== null) kept.push(socket)
        const answer = end(...body)
        socket?.end()
        return answer
      }) as typeof end
    } else if (request.url.includes('late=1')) {
      response.end = ((...body: []) => {
        setTimeout(() => {
          for (const socket of kept) socket.destroy()
          setTimeout(() => end(...body), 20)
        }, 20)
        return response
      }) as typeof end
    }
    next()
  }
  const { url } = await start(t, before)
  for (const query of ['&old=1', '', '&old=1', '&late=1', '']) {
    assert.equal((await askUpgrade(t, url + path + query)).status, 101, query)
  }
})

for (const others of [false, true]) {
  for (const authorize of [undefined, () => Promise.resolve(true)]) {
    const what = `${authorize === undefined ? 'at once' : 'later'}, ${others ? 'with' : 'without'} other listeners`
    test(`res.destroy() behind next() ends the connection of an upgrade that is accepted ${what}`, async (t) => {
      const before: RequestHandler = (_request, response, next) => {
        next()
        response.destroy()
      }
      const { port } = await start(t, before, { others, ...(authorize && { authorize }) })
      assert.equal(await exchangeBytes(port, upgradeOf(path)), '')
    })
  }

  test(`io.close() behind next() refuses an upgrade, ${others ? 'with' : 'without'} other listeners`, async (t) => {
    let close = (): void => {}
    const before: RequestHandler = (_request, _response, next) => {
      next()
      close()
    }
    const { url, io } = await start(t, before, { others })
    close = () => {
      io.close().catch(assert.ifError)
    }
    assert.equal((await askUpgrade(t, url + path)).status, 503)
  })
}

// Node asserts in detachSocket() that the response has that connection, within listeners of ours.
for (const others of [false, true]) {
  for (const [what, options, isTaken] of [
    ['is accepted', {}, true],
    ['is accepted later', { authorize: () => Promise.resolve(true) }, true],
    ['is refused', { authorize: () => false }, false],
    ['waits when its client leaves', { authorize: () => new Promise<never>(() => {}) }, false],
  ] as const satisfies readonly (readonly [string, Setting, boolean])[]) {
    const where = others ? 'with other listeners' : 'without other listeners'
    test(`an app may detach the response of an upgrade that ${what}, ${where}`, async (t) => {
      let detached = 0
      const before: RequestHandler = (_request, response, next) => {
        if (response.socket === null) throw new Error('expected a response with a connection')
        response.detachSocket(response.socket)
        detached++
        next()
      }
      const { url, io } = await start(t, before, { ...options, others })
      const peer = startPeer(t, url.replace('http', 'ws') + path)
      if (isTaken) assert.match(await peer.frame(), /^0\{/)
      else await new Promise((resolve) => setTimeout(resolve, 100))
      peer.websocket.terminate()
      await soon('the end', peer.closed)
      await becomes('nobody is there', () => io.stats().sockets === 0)
      assert.equal(detached, 1)
      await soon('close()', io.close())
    })
  }
}
