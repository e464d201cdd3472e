// Owns: one upgrade request on its way through the app: an ordinary request whose answer may be a 101.
// Elsewhere: which upgrades are ours, and on which server (attachments.ts).
import { ServerResponse, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { Writable } from 'node:stream'
import type { WebSocket, WebSocketServer } from 'ws'

/** How long the app may take to answer an upgrade. Node has switched off its own time-outs by then. */
const patienceMs = 30_000

// What the 101 says itself, and what describes a body that it does not have.
const notForwarded =
  /^(?:connection|upgrade|keep-alive|date|transfer-encoding|trailer|content-(?:length|type)|sec-websocket-.*)$/

interface TimedSocket extends Duplex {
  setTimeout?(ms: number, callback?: () => void): unknown
}

interface Acceptance {
  readonly server: WebSocketServer
  readonly opened: (websocket: WebSocket) => void
}

export class Upgrade {
  /** What the app answers on: in plain HTTP unless the upgrade is accepted. */
  readonly response: ServerResponse
  readonly #request: IncomingMessage
  readonly #socket: TimedSocket
  readonly #head: Buffer
  #acceptance: Acceptance | undefined

  constructor(request: IncomingMessage, socket: TimedSocket, head: Buffer) {
    // First of all: Node has taken its error listener away, and a reset would end the process.
    socket.on('error', this.#destroy)
    socket.setTimeout?.(patienceMs, this.#destroy)
    this.#request = request
    this.#socket = socket
    this.#head = head
    const response = new ServerResponse(request)
    this.response = response
    // A refusal is the last thing on this connection, and says so.
    response.shouldKeepAlive = false
    response.assignSocket(socket as never)
    socket.on('drain', this.#drained)
    response.once('finish', () => {
      this.#answered()
    })
  }

  /**
   * Accepts the upgrade: whatever ends the response from now on completes it, with the headers that the chain has set.
   * What the chain does when a response ends is done before: a session is saved, a request is logged.
   */
  accept(server: WebSocketServer, opened: (websocket: WebSocket) => void): void {
    this.#acceptance = { server, opened }
    this.response.detachSocket(this.#socket as never)
    this.response.assignSocket(nowhere() as never)
    this.response.statusCode = 101
  }

  #answered(): void {
    if (this.#acceptance === undefined) {
      this.response.detachSocket(this.#socket as never)
      if ('destroySoon' in this.#socket) (this.#socket as { destroySoon(): void }).destroySoon()
      else this.#socket.end()
      return
    }
    const { server, opened } = this.#acceptance
    this.#socket.off('drain', this.#drained)
    this.#socket.setTimeout?.(0)
    this.#socket.off('timeout', this.#destroy)
    const addHeaders = (lines: string[], request: IncomingMessage): void => {
      if (request === this.#request) lines.push(...this.#headerLines())
    }
    server.once('headers', addHeaders)
    server.handleUpgrade(this.#request, this.#socket, this.#head, opened)
    // Not called when the handshake was found wrong: ws has answered 400 then.
    server.off('headers', addHeaders)
    this.#socket.off('error', this.#destroy)
  }

  #headerLines(): string[] {
    const lines: string[] = []
    for (const [name, value] of Object.entries(this.response.getHeaders())) {
      if (value === undefined || notForwarded.test(name)) continue
      for (const one of Array.isArray(value) ? value : [value]) lines.push(`${name}: ${one}`)
    }
    return lines
  }

  readonly #destroy = (): void => {
    this.#socket.destroy()
  }

  readonly #drained = (): void => {
    this.response.emit('drain')
  }
}

// The head that the response would write is written by ws; here it only has to come to its end.
function nowhere(): Writable {
  return new Writable({
    write: (_chunk, _encoding, done) => {
      done()
    },
  })
}
