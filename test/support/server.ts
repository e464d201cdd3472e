// Owns: an app of either framework with the middleware mounted, listening on 127.0.0.1 and gone with its test.
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import express from 'express'
import Koa from 'koa'
import {
  socketioMiddleware,
  type NamespaceDeclarations,
  type Options,
  type SocketioMiddleware,
} from '../../lib/index.js'
import { FakeClock } from './clock.js'

export const faces = ['express', 'koa'] as const
export type Face = (typeof faces)[number]

export interface TestServer {
  readonly io: SocketioMiddleware
  readonly server: http.Server
  readonly port: number
  readonly url: string
}

/** Starts an app with nothing but the middleware on a port of its own. */
export async function startServer(
  t: TestContext,
  namespaces: NamespaceDeclarations,
  options: Options = {},
  face: Face = 'express',
): Promise<TestServer> {
  const io = socketioMiddleware(namespaces, options)
  const app = face === 'koa' ? new Koa().use(io).callback() : express().use(io)
  return listen(t, io, http.createServer(app), options.clock)
}

/** Listens on 127.0.0.1 until the test is over. */
export async function listen(
  t: TestContext,
  io: SocketioMiddleware,
  server: http.Server,
  clock?: Options['clock'],
): Promise<TestServer> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(async () => {
    const closed = io.close()
    // Hooks that never settle are waited for by a clock that stands still.
    if (clock instanceof FakeClock) clock.advance(1_000_000)
    await closed
    server.close()
    // A server of HTTP/2 has no such method.
    if ('closeAllConnections' in server) server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  return { io, server, port, url: `http://127.0.0.1:${port}` }
}
