// Owns: stickyPrimary(): the one port of many workers: connections of a client go to the worker whose name is
// in its sid.
// Elsewhere: reading a connection's first line (arrival.ts), the worker's end (worker.ts).
import cluster, { type Worker } from 'node:cluster'
import { createServer, type Server, type Socket } from 'node:net'
import { checkDuration, wrongOption } from '../support/options.js'
import { answer, receive, type ArrivalOwner } from './arrival.js'
import { processNameOf } from './first-line.js'
import { readMessage, type Message } from './messages.js'

export interface StickyOptions {
  /** The option `resource` of the middleware. Default `socket.io`. */
  readonly resource?: string
  /**
   * How long a connection may take to send the first line of its first request, in milliseconds. Default
   * 10,000.
   */
  readonly lineTimeout?: number
  /** How many bytes that line may have. Default 16,384. */
  readonly maxLineSize?: number
}

/** What a primary knows of a worker that has said that it is ready. */
interface ReadyWorker {
  readonly worker: Worker
  readonly port: number
  /** It takes only connections of its own clients. */
  isLeaving: boolean
}

class Primary implements ArrivalOwner {
  readonly maxLineSize: number
  readonly lineTimeout: number
  readonly #resource: string
  readonly #workers = new Map<string, ReadyWorker>()
  #turn = 0

  constructor({ resource = 'socket.io', lineTimeout = 10_000, maxLineSize = 16_384 }: StickyOptions) {
    if (typeof resource !== 'string' || resource === '') throw wrongOption('resource', 'a path', resource)
    checkDuration('the option lineTimeout', lineTimeout)
    if (!Number.isInteger(maxLineSize) || maxLineSize < 1) {
      throw wrongOption('maxLineSize', 'a positive integer', maxLineSize)
    }
    this.#resource = resource
    this.lineTimeout = lineTimeout
    this.maxLineSize = maxLineSize
    cluster.on('message', (worker: Worker, message: unknown) => {
      this.#told(worker, readMessage(message))
    })
    for (const event of ['disconnect', 'exit'] as const) {
      cluster.on(event, (worker: Worker) => {
        if (this.#workers.delete(String(worker.id))) this.#tellWorkers()
      })
    }
  }

  #told(worker: Worker, message: Message | undefined): void {
    const name = String(worker.id)
    if (message?.type === 'socketio-middleware:ready') {
      this.#workers.set(name, { worker, port: message.port, isLeaving: false })
      this.#tellWorkers()
    } else if (message?.type === 'socketio-middleware:leaving') {
      const ready = this.#workers.get(name)
      if (ready !== undefined) ready.isLeaving = true
    }
  }

  // A connection that a browser keeps may bring requests of another worker's clients: it passes those on.
  #tellWorkers(): void {
    const ports = Object.fromEntries([...this.#workers].map(([name, { port }]) => [name, port]))
    for (const { worker } of this.#workers.values()) {
      if (worker.isConnected()) worker.send({ type: 'socketio-middleware:workers', ports }, ignore)
    }
  }

  arrived(socket: Socket, head: Buffer, url: string | undefined): void {
    const name = url === undefined ? undefined : processNameOf(this.#resource, url)
    this.#hand(socket, head, (name === undefined ? undefined : this.#workers.get(name)) ?? this.#next(), url)
  }

  #hand(socket: Socket, head: Buffer, to: ReadyWorker | undefined, url: string | undefined): void {
    if (to === undefined) {
      if (url === undefined) socket.destroy()
      else answer(socket, '503 Service Unavailable')
      return
    }
    const message = { type: 'socketio-middleware:connection', head: head.toString('base64') }
    // It may have died a moment ago: its client asks again.
    to.worker.send(message, socket, (error) => {
      if (error !== null) socket.destroy()
    })
  }

  /** The next of those that take new clients; if none does, of all that listen. */
  #next(): ReadyWorker | undefined {
    const all = [...this.#workers.values()]
    const open = all.filter(({ worker, isLeaving }) => !isLeaving && !worker.exitedAfterDisconnect)
    const some = open.length > 0 ? open : all
    return some[this.#turn++ % some.length]
  }
}

function ignore(): void {}

/**
 * Makes the server of a primary of `node:cluster`, on one port for all workers. A connection goes to the
 * worker whose name is in the sid of its first request, any other to the workers in turn. Each worker calls
 * `stickyWorker(server)`, and has `processName: workerName()` among its options.
 * @throws UsageError SIO_USAGE_OPTION, SIO_USAGE_DURATION.
 */
export function stickyPrimary(options: StickyOptions = {}): Server {
  const primary = new Primary(options)
  return createServer((socket) => {
    receive(socket, primary)
  })
}
