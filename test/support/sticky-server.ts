// Owns: a primary of node:cluster with its workers on one port, as an application would write it; told by its test what to do.
// Elsewhere: its clients and the test (cluster/sticky.test.ts).
import cluster from 'node:cluster'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { BaseNamespace, RoomsMixin, socketioMiddleware } from '../../lib/index.js'
import { stickyPrimary, stickyWorker, workerName } from '../../lib/sticky.js'

class Chat extends RoomsMixin(BaseNamespace) {
  on_pid() {
    return process.pid
  }

  on_echo(value: unknown) {
    return value
  }

  on_address() {
    return this.environ.address
  }
}

interface Command {
  readonly kill?: number
  readonly leave?: number
  readonly fork?: true
}

if (cluster.isPrimary) {
  const { workers = '3', options = '{}' } = process.env
  const server = stickyPrimary(JSON.parse(options) as object)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const fork = async (): Promise<void> => {
    const worker = cluster.fork()
    await new Promise<void>((resolve) => {
      worker.on('message', (message: { type?: string }) => {
        if (message.type === 'socketio-middleware:ready') resolve()
      })
    })
  }
  for (let count = 0; count < Number(workers); count++) await fork()
  const pids = (): (number | undefined)[] => Object.values(cluster.workers ?? {}).map((worker) => worker?.process.pid)
  process.on('message', ({ kill, leave, fork: isFork }: Command) => {
    const worker = Object.values(cluster.workers ?? {}).find((one) => one?.process.pid === (kill ?? leave))
    if (kill !== undefined && worker !== undefined) {
      worker.once('exit', () => process.send?.({ pids: pids() }))
      worker.process.kill('SIGKILL')
    } else if (leave !== undefined) {
      worker?.once('message', () => process.send?.({ pids: pids() }))
      worker?.send('leave')
    } else if (isFork) void fork().then(() => process.send?.({ pids: pids() }))
  })
  process.once('disconnect', () => process.exit())
  process.send?.({ port: (server.address() as AddressInfo).port, pids: pids() })
} else {
  const io = socketioMiddleware({ '': Chat, '/chat': Chat }, { processName: workerName() })
  const app = express()
  app.use('/address', ({ socket, headers, rawHeaders }, response) => {
    response.set('Connection', 'close').json({
      worker: workerName(),
      address: [socket.remoteFamily, socket.remoteAddress, socket.remotePort],
      names: [...Object.keys(headers), ...rawHeaders.filter((_text, at) => at % 2 === 0)],
    })
  })
  app.use(io)
  app.get('/name', (_request, response) => {
    response.send(workerName())
  })
  app.get('/pid', (_request, response) => {
    response.send(String(process.pid))
  })
  app.post('/length', (request, response) => {
    let length = 0
    request.on('data', (chunk: Buffer) => (length += chunk.length))
    request.on('end', () => response.send(String(length)))
  })
  const sticky = stickyWorker(createServer(app))
  process.on('message', (message) => {
    if (message === 'leave') sticky.leave()
  })
}
