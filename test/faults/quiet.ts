// Owns: an app of either framework that says nothing of the connections that its tests break.
// Elsewhere: the same for all other tests (test/support/server.ts).
import http from 'node:http'
import type { TestContext } from 'node:test'
import express from 'express'
import Koa from 'koa'
import { socketioMiddleware, type NamespaceDeclarations, type Options } from '../../lib/index.js'
import { listen, type Face, type TestServer } from '../support/server.js'

export function startQuietServer(
  t: TestContext,
  namespaces: NamespaceDeclarations,
  options: Options = {},
  face: Face = 'express',
): Promise<TestServer> {
  const io = socketioMiddleware(namespaces, options)
  const koa = new Koa()
  // By default Koa prints every lost connection.
  koa.silent = true
  return listen(t, io, http.createServer(face === 'koa' ? koa.use(io).callback() : express().use(io)))
}
