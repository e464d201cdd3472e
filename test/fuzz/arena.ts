// Owns: the server under attack, what must not happen in it, and the counts that must return.
// Elsewhere: its handlers and options (echo.ts), the attacks (assault.ts), the clients that must live through them (witnesses.ts).
import assert from 'node:assert/strict'
import http from 'node:http'
import type { Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import express from 'express'
import Koa from 'koa'
import { socketioMiddleware, type ErrorHandler } from '../../lib/index.js'
import { systemClock, type Clock } from '../../lib/support/timers.js'
import { listen, type Face, type TestServer } from '../support/server.js'
import { Echo, isExpected, optionsOf } from './echo.js'

// Well past every duration of the application's.
const patienceMs = 30_000

/** The system's clock, and how many of its timers are set: none is while no deadline waits. */
class CountingClock implements Clock {
  readonly #timers = new Set<unknown>()
  readonly now = (): number => systemClock.now()

  setTimeout(run: () => void, ms: number): unknown {
    const timer = systemClock.setTimeout(() => {
      this.#timers.delete(timer)
      run()
    }, ms)
    this.#timers.add(timer)
    return timer
  }

  clearTimeout(timer: unknown): void {
    this.#timers.delete(timer)
    systemClock.clearTimeout(timer)
  }

  get timers(): number {
    return this.#timers.size
  }
}

interface Connection {
  readonly socket: Socket
  /** Requests whose answers are not through. */
  readonly open: Map<http.ServerResponse, http.IncomingMessage>
}

export class Arena {
  readonly url: string
  readonly port: number
  /** What must not have happened. */
  readonly faults: unknown[]
  readonly #server: TestServer
  readonly #clock: CountingClock
  readonly #connections = new Map<number, Connection>()

  private constructor(server: TestServer, clock: CountingClock, faults: unknown[]) {
    this.#server = server
    this.faults = faults
    this.#clock = clock
    this.url = server.url
    this.port = server.port
    this.#watch(server.server)
  }

  static async open(t: TestContext, face: Face): Promise<Arena> {
    const clock = new CountingClock()
    const faults: unknown[] = []
    catchAll(t, faults)
    const errorHandler: ErrorHandler = (socket, name, message, endpoint, _msgId, quiet, error) => {
      if (!quiet) socket?.sendPacket({ type: 'event', endpoint, name: 'error', args: [name, message] })
      if (error !== undefined && !isExpected(error.cause)) faults.push(error)
    }
    const options = { ...optionsOf(face), clock, errorHandler }
    const io = socketioMiddleware({ '': Echo, '/chat': Echo }, options)
    // Koa would print every reset and every request that no parser can read.
    const app = face === 'koa' ? Object.assign(new Koa(), { silent: true }).use(io).callback() : express().use(io)
    const server = await listen(t, io, http.createServer(app))
    return new Arena(server, clock, faults)
  }

  #watch(server: http.Server): void {
    server.on('connection', (socket) => {
      const port = socket.remotePort as number
      // A request that was given back comes in by its connection again.
      if (this.#connections.get(port)?.socket === socket) return
      this.#connections.set(port, { socket, open: new Map() })
      socket.once('close', () => {
        // The port may be another client's by now.
        if (this.#connections.get(port)?.socket === socket) this.#connections.delete(port)
      })
    })
    server.on('request', (request, response) => {
      const open = this.#connections.get(request.socket.remotePort as number)?.open
      open?.set(response, request)
      response.once('close', () => open?.delete(response))
    })
  }

  /** Whether all that came from a client's port is read, and every request that has come whole is answered. */
  isAtRest(port: number, sent: number): boolean {
    const connection = this.#connections.get(port)
    // Not accepted yet, or closed: then the client hears of it by itself.
    if (connection === undefined) return false
    return connection.socket.bytesRead >= sent && [...connection.open.values()].every(({ complete }) => !complete)
  }

  /** Waits until nothing is left of anybody: no connection, no deadline, no member. */
  async assertDeserted(): Promise<void> {
    const nobody = { connections: 0, timers: 0, members: 0 }
    const deadline = performance.now() + patienceMs
    let left = await this.#left()
    while (!isDeepStrictEqual(left, nobody) && performance.now() < deadline) {
      await sleep(20)
      left = await this.#left()
    }
    assert.deepEqual(left, nobody)
  }

  async #left(): Promise<object> {
    const { io } = this.#server
    const members = [...(await io.of('').fetchSockets()), ...(await io.of('/chat').fetchSockets())]
    return { connections: this.#connections.size, timers: this.#clock.timers, members: members.length }
  }
}

// Both are the end of a process that does not listen. The runner, which does, would end the test and its server at once,
// and whose fault it was could not be found any more.
function catchAll(t: TestContext, faults: unknown[]): void {
  const failed = (error: unknown): void => {
    faults.push(error)
  }
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    const others = process.rawListeners(event) as ((...args: unknown[]) => void)[]
    process.removeAllListeners(event).on(event, failed)
    t.after(() => {
      process.off(event, failed)
      for (const other of others) process.on(event, other)
    })
  }
}
