// Owns: one upgrade request on its way through the app: an ordinary request whose answer may be a 101.
// Elsewhere: which upgrades are ours, and on which server (attachments.ts).
import { ServerResponse, STATUS_CODES, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { Writable } from 'node:stream'
import type { WebSocketServer } from 'ws'
import { Deadline, type DeadlineOwner, type Deadlines } from '../support/timers.js'

/** How long the app may take to answer an upgrade. Node has switched off its own time-outs by then. */
const patienceMs = 30_000

// What the 101 says itself, and what describes a body that it does not have.
const notForwarded =
  /^(?:connection|upgrade|keep-alive|date|transfer-encoding|trailer|content-(?:length|type)|sec-websocket-.*)$/

/** What completes an upgrade once the chain is through. */
export type Completion = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

interface Acceptance {
  readonly server: WebSocketServer
  readonly complete: Completion
}

export class Upgrade implements DeadlineOwner {
  /** What the app answers on: in plain HTTP unless the upgrade is accepted. */
  readonly response: ServerResponse
  readonly #request: IncomingMessage
  readonly #socket: Duplex
  // What came behind the request. It is let go of with the upgrade: of a newer client, the request lives as long as it does.
  #head: Buffer | undefined
  readonly #deadlines: Deadlines
  readonly #deadline = new Deadline(this)
  #acceptance: Acceptance | undefined
  #sink: Writable | undefined

  constructor(request: IncomingMessage, socket: Duplex, head: Buffer, deadlines: Deadlines) {
    // First of all: Node has taken its error listener away, and a reset would end the process.
    socket.on('error', this.#destroy)
    this.#request = request
    this.#socket = socket
    this.#head = head
    this.#deadlines = deadlines
    deadlines.arm(this.#deadline, patienceMs)
    socket.once('close', this.#disarm)
    const response = new ServerResponse(request)
    this.response = response
    // A refusal is the last thing on this connection, and says so.
    response.shouldKeepAlive = false
    response.assignSocket(socket as never)
    socket.on('drain', this.#drained)
    response.once('finish', () => {
      this.#answered()
      // As Node does for the responses that it makes itself.
      response.destroyed = true
      response.emit('close')
    })
  }

  /**
   * Accepts the upgrade: whatever ends the response from now on completes it, with the headers that the chain has set.
   * What the chain does when a response ends is done before: a session is saved, a request is logged.
   */
  accept(server: WebSocketServer, complete: Completion): void {
    // The app has answered in our place, because its patience had ended, say.
    if (this.response.headersSent) return
    this.#acceptance = { server, complete }
    this.response.detachSocket(this.#socket as never)
    this.#sink = sinks.pop() ?? nowhere()
    this.response.assignSocket(this.#sink as never)
    this.response.statusCode = 101
  }

  #answered(): void {
    if (this.#acceptance === undefined) {
      this.response.detachSocket(this.#socket as never)
      this.#end()
      return
    }
    this.#freeSink()
    if (this.response.statusCode !== 101) {
      // The chain has failed on its way back, and its answer has gone nowhere.
      const { statusCode } = this.response
      this.#socket.write(
        `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode] ?? ''}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
      )
      this.#end()
      return
    }
    this.#disarm()
    this.#socket.off('close', this.#disarm)
    const { server, complete } = this.#acceptance
    this.#socket.off('drain', this.#drained)
    // engine.io has been given something else for the request.
    const addHeaders = (lines: string[], { socket }: IncomingMessage): void => {
      if (socket === this.#socket) lines.push(...this.#headerLines())
    }
    server.once('headers', addHeaders)
    const head = this.#head ?? Buffer.alloc(0)
    this.#head = undefined
    complete(this.#request, this.#socket, head)
    // Not called when the handshake was found wrong: ws has answered 400 then.
    server.off('headers', addHeaders)
    this.#socket.off('error', this.#destroy)
  }

  #freeSink(): void {
    if (this.#sink === undefined) return
    this.response.detachSocket(this.#sink as never)
    // Not one that the chain has taken for the connection, and listens to.
    if (this.#sink.eventNames().length === 0 && sinks.length < mostSinks) sinks.push(this.#sink)
    this.#sink = undefined
  }

  #end(): void {
    if ('destroySoon' in this.#socket) (this.#socket as { destroySoon(): void }).destroySoon()
    else this.#socket.end()
  }

  #headerLines(): string[] {
    const lines: string[] = []
    for (const [name, value] of Object.entries(this.response.getHeaders())) {
      if (value === undefined || notForwarded.test(name)) continue
      for (const one of Array.isArray(value) ? value : [value]) lines.push(`${name}: ${one}`)
    }
    return lines
  }

  deadlinePassed(): void {
    this.#destroy()
  }

  readonly #disarm = (): void => {
    this.#deadlines.disarm(this.#deadline)
  }

  readonly #destroy = (): void => {
    this.#socket.destroy()
  }

  readonly #drained = (): void => {
    this.response.emit('drain')
  }
}

// Those that no response has now: they are dear to make (bench: connect).
const sinks: Writable[] = []
const mostSinks = 64

// The head that the response would write is written by ws; here it only has to come to its end.
function nowhere(): Writable {
  return new Writable({
    write: (_chunk, _encoding, done) => {
      done()
    },
  })
}
