// Owns: an app with a page and sessions, that can be stopped and started again on its port.
// Elsewhere: apps with nothing but the middleware (server.ts).
import { once } from 'node:events'
import http, { type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import express from 'express'
import session from 'express-session'
import Koa from 'koa'
import {
  socketioMiddleware,
  type CloseOptions,
  type NamespaceDeclarations,
  type Options,
  type SocketioMiddleware,
} from '../../lib/index.js'
import type { Face } from './server.js'

declare module 'express-session' {
  interface SessionData {
    user: string
  }
}

export interface Restartable {
  readonly url: string
  /** The middleware that runs now. */
  readonly io: SocketioMiddleware
  stop(closing?: CloseOptions): Promise<void>
  start(namespaces: NamespaceDeclarations): Promise<void>
}

/** Where a server is: on a port of its own unless the port is given. */
export type Listen = (listener: RequestListener, port: number) => Promise<{ server: http.Server; port: number }>

/** Listens on 127.0.0.1 until the test is over. */
export async function startRestartable(
  t: TestContext,
  namespaces: NamespaceDeclarations,
  options: Options = {},
  face: Face = 'express',
  listenWith: Listen = listen,
): Promise<Restartable> {
  let io = socketioMiddleware(namespaces, options)
  let { server, port } = await listenWith(appOf(face, io), 0)
  let isStopped = false
  const stop = async (closing?: CloseOptions): Promise<void> => {
    if (isStopped) return
    isStopped = true
    await io.close(closing)
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
  t.after(() => stop())
  return {
    url: `http://127.0.0.1:${port}`,
    get io() {
      return io
    },
    stop,
    async start(again) {
      io = socketioMiddleware(again, options)
      ;({ server } = await listenWith(appOf(face, io), port))
      isStopped = false
    },
  }
}

/** A page that loads the client from the URL in its query, on another port than what it talks to. */
export async function startPages(): Promise<{ url: string; close(): void }> {
  const { server, port } = await listen(express().get('/page', answerPage), 0)
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

function appOf(face: Face, io: SocketioMiddleware): RequestListener {
  if (face === 'koa') return new Koa().use(io).callback()
  return express()
    .use(session({ secret: 'test', resave: false, saveUninitialized: false }))
    .get('/login', (request, response) => {
      request.session.user = queryOf(request, 'user')
      response.send('welcome')
    })
    .get('/page', answerPage)
    .use(io)
}

const answerPage: express.RequestHandler = (request, response) => {
  const script = new URL(queryOf(request, 'script')).href
  response.send(`<!doctype html><meta charset="utf-8"><body><script src="${script}"></script></body>`)
}

function queryOf(request: express.Request, name: string): string {
  const value = request.query[name]
  if (typeof value !== 'string') throw new Error(`expected ${name} in the query`)
  return value
}

const listen: Listen = async (listener, port) => {
  const server = http.createServer(listener)
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return { server, port: (server.address() as AddressInfo).port }
}
