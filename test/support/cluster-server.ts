// Owns: one process of a cluster: an Express app with the middleware, which runs the steps that its test sends it.
// Elsewhere: starting it and asking it (cluster.ts).
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import vm from 'node:vm'
import express from 'express'
import {
  BaseNamespace,
  BroadcastMixin,
  defaultErrorHandler,
  RoomsMixin,
  socketioMiddleware,
  type Options,
} from '../../lib/index.js'
import { connect } from '../../lib/testing.js'
import { makeFactory } from './cluster-adapters.js'
import type { NodeKit, Report, Setup } from './cluster.js'

class Chat extends RoomsMixin(BroadcastMixin(BaseNamespace)) {
  async on_join(room: string): Promise<string> {
    await this.join(room)
    return this.socket.id
  }

  on_pid(): number {
    return process.pid
  }

  on_say(room: string, text: string): void {
    this.emitToRoom(room, 'said', text)
  }

  on_bye(text: string): void {
    this.broadcastEvent('said', text)
    this.disconnect()
  }
}

const waiting: (() => void)[] = []

/** Its hooks wait until a step lets them go on: the one that the query names, and `on_work`. */
class Slow extends RoomsMixin(BaseNamespace) {
  async waits(): Promise<void> {
    await new Promise<void>((resolve) => waiting.push(resolve))
  }

  override async recv_connect(): Promise<void> {
    await this.join('lobby')
    if (this.environ.query['slow'] === 'connect') await this.waits()
  }

  on_work(): Promise<void> {
    return this.waits()
  }

  override async recv_disconnect(): Promise<void> {
    if (this.environ.query['slow'] === 'end') await this.waits()
  }
}

// Functions that tsx compiled call this to keep their names.
Object.assign(globalThis, { __name: <Compiled>(compiled: Compiled): Compiled => compiled })
const evaluate = (source: string): unknown => vm.runInThisContext(`(${source})`)

const setup = JSON.parse(process.env.CLUSTER_SERVER as string) as Setup
const reports: Report[] = []
const options = setup.options === undefined ? {} : (evaluate(setup.options) as () => Options)()
const io = socketioMiddleware(
  { '': Chat, '/chat': Chat, '/slow': Slow },
  {
    ...(setup.adapter && { adapter: await makeFactory(setup.adapter, setup.redisUrl) }),
    errorHandler: (...report) => {
      const [socket, name, message, endpoint, , , error] = report
      reports.push({ concernsAll: socket === undefined, name, message, endpoint, code: error?.code })
      if (socket !== undefined) defaultErrorHandler(...report)
    },
    ...options,
  },
)
const server = http.createServer(express().set('trust proxy', 'loopback').use(io))
// In a worker of node:cluster a port is shared unless it is exclusive.
server.listen({ port: setup.port ?? 0, host: '127.0.0.1', exclusive: true })
await once(server, 'listening')

async function crowd(count: number): Promise<void> {
  for (let left = count; left > 0; left--) await connect(io, '/chat', { timeout: 20_000 })
}

const kit: NodeKit = { io, reports, waiting, crowd, kept: {} }

process.on('message', (message: { id?: number; step?: string; arg?: unknown }) => {
  if (message.step !== undefined) void answer(message as { id: number; step: string; arg: unknown })
})

async function answer({ id, step, arg }: { id: number; step: string; arg: unknown }): Promise<void> {
  try {
    const result = await (evaluate(step) as (kit: NodeKit, arg: unknown) => unknown)(kit, arg)
    process.send?.({ answers: id, result })
  } catch (error) {
    process.send?.({ answers: id, failure: (error as Error).stack })
  }
}

process.send?.({ port: (server.address() as AddressInfo).port })
