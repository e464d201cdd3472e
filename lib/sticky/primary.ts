// Owns: stickyPrimary(): the one port of many workers: connections of a client go to the worker whose name is
// in its sid.
// Elsewhere: reading a connection's first line (arrival.ts), the worker's end (worker.ts).
import cluster, { type Worker } from 'node:cluster'
import { randomBytes } from 'node:crypto'
import { createServer, type Server, type Socket } from 'node:net'
import { checkDuration, wrongOption } from '../support/options.js'
import { answer, readsOnDemand, receive, type ArrivalOwner } from './arrival.js'
import { Delivery, type Arrived } from './delivery.js'
import { processNameOf } from './first-line.js'
import { readMessage, type Message, type WorkersMessage } from './messages.js'

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
  readonly delivery: Delivery
  /** It takes only connections of its own clients. */
  isLeaving: boolean
}

const secret = randomBytes(32).toString('hex')

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
        this.#gone(String(worker.id))
      })
    }
  }

  #told(worker: Worker, message: Message | undefined): void {
    const name = String(worker.id)
    const ready = this.#workers.get(name)
    if (message?.type === 'socketio-middleware:ready') {
      const delivery = ready?.delivery ?? new Delivery(worker)
      this.#workers.set(name, { worker, port: message.port, delivery, isLeaving: false })
      this.#tellWorkers()
    } else if (message?.type === 'socketio-middleware:taken') ready?.delivery.taken()
    else if (message?.type === 'socketio-middleware:leaving' && ready !== undefined) ready.isLeaving = true
  }

  // What it has not been given goes to others, who know none of its clients: these begin anew.
  #gone(name: string): void {
    const ready = this.#workers.get(name)
    if (ready === undefined) return
    this.#workers.delete(name)
    this.#tellWorkers()
    for (const { socket, head, url } of ready.delivery.end()) this.arrived(socket, head, url)
  }

  // A connection that a browser keeps may bring requests of another worker's clients: it passes those on.
  #tellWorkers(): void {
    const ports = Object.fromEntries([...this.#workers].map(([name, { port }]) => [name, port]))
    for (const { worker } of this.#workers.values()) {
      const message: WorkersMessage = { type: 'socketio-middleware:workers', ports, secret }
      if (worker.isConnected()) worker.send(message, ignore)
    }
  }

  arrived(socket: Socket, head: Buffer, url: string | undefined): void {
    const name = url === undefined ? undefined : processNameOf(this.#resource, url)
    this.#hand({ socket, head, url }, (name === undefined ? undefined : this.#workers.get(name)) ?? this.#next())
  }

  #hand(arrived: Arrived, to: ReadyWorker | undefined): void {
    if (to !== undefined) to.delivery.hand(arrived)
    else if (arrived.url === undefined) arrived.socket.destroy()
    else answer(arrived.socket, '503 Service Unavailable')
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
  return createServer(readsOnDemand, (socket) => {
    receive(socket, primary)
  })
}
