// Owns: the middleware mounted in each framework, alone or under a path.
// Elsewhere: listening (test/support/server.ts), requests (peer.ts).
import { createRequire } from 'node:module'
import type { RequestListener } from 'node:http'
import connect from 'connect'
import express from 'express'
import Koa from 'koa'
import mount from 'koa-mount'
import { BaseNamespace, type SocketioMiddleware } from '../../../lib/index.js'

/** Express 4 has no types of its own here; what we use of it is the same. */
export const express4 = createRequire(import.meta.url)('express4') as typeof express

/** Answers what its client asks. */
export class Echo extends BaseNamespace {
  on_echo(value: unknown) {
    return value
  }
}

export interface Framework {
  readonly name: string
  /** An app that answers `app` to what is not ours. */
  readonly alone: (io: SocketioMiddleware) => RequestListener
  /** The same with the middleware mounted under `/rt`. */
  readonly mounted: (io: SocketioMiddleware) => RequestListener
}

type Use = (path: string, middleware: (request: never, response: never, next: () => void) => void) => unknown

function ofUse(name: string, make: () => RequestListener & { use: unknown }): Framework {
  const build = (path: string, io: SocketioMiddleware): RequestListener => {
    const app = make()
    const use = app.use as Use
    use.call(app, path, io)
    use.call(app, '/', (_request, response: { statusCode: number; end(text: string): void }) => {
      response.end('app')
    })
    return app
  }
  return { name, alone: (io) => build('/', io), mounted: (io) => build('/rt', io) }
}

const koa: Framework = {
  name: 'Koa 3',
  alone: (io) => koaListener(new Koa().use(io)),
  mounted: (io) => koaListener(new Koa().use(mount('/rt', io))),
}

function koaListener(app: Koa): RequestListener {
  const listener = app
    .use((ctx) => {
      ctx.body = 'app'
    })
    .callback()
  return (request, response) => {
    void listener(request, response)
  }
}

const plain: Framework = {
  name: 'node:http with next',
  alone: (io) => (request, response) => {
    io(request, response, () => {
      response.end('app')
    })
  },
  mounted: (io) => (request, response) => {
    if (request.url?.startsWith('/rt/')) {
      request.url = request.url.slice(3)
      io(request, response, () => {
        response.end('app')
      })
    } else response.end('app')
  },
}

export const frameworks: readonly Framework[] = [
  ofUse('Express 5', express),
  ofUse('Express 4', express4),
  ofUse('Connect', () => connect()),
  koa,
  plain,
]
