// Owns: one upgrade request on its way through the app: an ordinary request whose answer may be a 101.
// Elsewhere: whose it is (server-tap.ts), what its response writes to (upgrade-sink.ts), its 101 (upgrade-answer.ts).
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { Deadline, type DeadlineOwner, type Deadlines } from '../support/timers.js'
import type { ResponseClass } from './shortcuts.js'
import { forwardedLines, refusalOf } from './upgrade-answer.js'
import { freeSink, takeSink, uncork, type SinkOwner, type UpgradeSink } from './upgrade-sink.js'

// How long the app may take to answer, as Node has switched off its time-outs, and to bring what may be somebody else's.
const patienceMs = 30_000
const trialMs = 5_000

/** What completes an upgrade once the chain is through. */
export type Completion = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

/** The server of websockets that answers an upgrade: ws's, or another engine's. */
type Websockets = Pick<WebSocketServer, 'once' | 'off'>

interface Acceptance {
  readonly server: Websockets
  readonly complete: Completion
}

/** One that may be somebody else's: the app is asked with a copy of the request, and answers to nobody. */
export interface Trial {
  /** The app has come to us with it. */
  ours(): void
  /** It has not. */
  notOurs(): void
}

/**
 * on trial: the app has not come to us yet, and may not.
 * asked: whatever the app answers goes out on the connection, in plain HTTP.
 * accepted: the end of the response completes the upgrade.
 */
type State = 'on trial' | 'asked' | 'accepted' | 'over'

export class Upgrade implements DeadlineOwner, SinkOwner {
  readonly response: ServerResponse
  readonly #request: IncomingMessage
  readonly #socket: Duplex
  // What came behind the request. It is let go of with the upgrade: of a newer client, the request lives as long as it does.
  #head: Buffer | undefined
  readonly #deadlines: Deadlines
  readonly #deadline = new Deadline(this)
  #state: State
  #trial: Trial | undefined
  #acceptance: Acceptance | undefined
  #sink: UpgradeSink | undefined

  constructor(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    deadlines: Deadlines,
    Response: ResponseClass,
    trial?: Trial,
  ) {
    // First of all: Node has taken its error listener away, and a reset would end the process.
    socket.on('error', this.#destroy)
    this.#request = request
    this.#socket = socket
    this.#head = head
    this.#deadlines = deadlines
    this.#trial = trial
    this.#state = trial === undefined ? 'asked' : 'on trial'
    deadlines.arm(this.#deadline, trial === undefined ? patienceMs : trialMs)
    socket.once('close', this.#lost)
    const response = new Response(request)
    this.response = response
    // A refusal is the last thing on this connection, and says so.
    response.shouldKeepAlive = false
    response.assignSocket((trial === undefined ? socket : this.#takeSink()) as never)
    socket.on('drain', this.#drained)
    response.once('finish', () => {
      this.#answered()
      // As Node does for the responses that it makes itself.
      response.destroyed = true
      response.emit('close')
    })
  }

  /** The app has come to us with it: it is ours, whatever is answered. */
  reached(): void {
    if (this.#state !== 'on trial') return
    this.#state = 'asked'
    this.#trial?.ours()
    this.#trial = undefined
    this.#deadlines.arm(this.#deadline, patienceMs)
    this.#freeSink()
    this.response.assignSocket(this.#socket as never)
  }

  /**
   * Accepts the upgrade: whatever ends the response from now on completes it, with the headers that the chain has set.
   * What the chain does when a response ends is done before: a session is saved, a request is logged.
   */
  accept(server: Websockets, complete: Completion): void {
    // The app has answered in our place, because its patience had ended, say.
    if (this.#state !== 'asked' || this.response.headersSent) return
    this.#state = 'accepted'
    this.#acceptance = { server, complete }
    this.response.detachSocket(this.#socket as never)
    uncork(this.#socket)
    this.response.assignSocket(this.#takeSink() as never)
    this.response.statusCode = 101
  }

  /** Ends it without waiting for the app any longer: the middleware is closed. What may be somebody else's goes to them. */
  cut(): void {
    if (this.#state === 'on trial') this.#passOn()
    if (this.#state === 'over' || this.response.writableEnded) return
    const isBegun = this.response.headersSent
    this.#giveUp()
    if (isBegun) this.#destroy()
    else this.#refuse(503)
  }

  // Whatever the app still does with its response reaches nobody.
  #giveUp(): void {
    const { response } = this
    if (this.#state === 'asked') response.detachSocket(this.#socket as never)
    this.#state = 'over'
    this.#head = undefined
    this.#freeSink()
    response.destroyed = true
    response.emit('close')
  }

  #answered(): void {
    const { response } = this
    if (this.#state === 'on trial') this.#passOn()
    else if (this.#state === 'asked') {
      response.detachSocket(this.#socket as never)
      this.#end()
    } else if (this.#state === 'accepted') {
      this.#freeSink()
      const lines = forwardedLines(response)
      if (lines === undefined) this.#refuse(500)
      else if (response.statusCode === 101) this.#complete(this.#acceptance as Acceptance, lines)
      else this.#refuse(response.statusCode)
    }
  }

  #complete({ server, complete }: Acceptance, headerLines: readonly string[]): void {
    this.#state = 'over'
    // Another engine's need not tell.
    const isOfWs = server instanceof WebSocketServer
    let isOpened = !isOfWs
    const addHeaders = (lines: string[], { socket }: IncomingMessage): void => {
      // engine.io has been given something else for the request.
      if (socket !== this.#socket) return
      isOpened = true
      lines.push(...headerLines)
    }
    if (isOfWs) server.once('headers', addHeaders)
    const head = this.#head ?? Buffer.alloc(0)
    this.#head = undefined
    this.#socket.off('drain', this.#drained)
    complete(this.#request, this.#socket, head)
    // Not called when the handshake was found wrong: ws has answered 400 then, and the connection is still on our hands.
    if (isOfWs) server.off('headers', addHeaders)
    if (isOpened) this.#leave()
  }

  // The chain has failed on its way back, and its answer has gone nowhere.
  #refuse(status: number): void {
    this.#socket.write(refusalOf(status))
    this.#end()
  }

  // Its response is left to write what nobody reads.
  #passOn(): void {
    const trial = this.#trial
    this.#state = 'over'
    this.#trial = undefined
    this.#head = undefined
    this.#leave()
    const { response } = this
    if (!response.writableEnded) {
      response.destroyed = true
      response.emit('close')
    }
    if (!this.#socket.destroyed) trial?.notOurs()
  }

  #leave(): void {
    this.#deadlines.disarm(this.#deadline)
    this.#socket.off('close', this.#lost)
    this.#socket.off('drain', this.#drained)
    this.#socket.off('error', this.#destroy)
  }

  #takeSink(): UpgradeSink {
    this.#sink = takeSink(this.#socket, this)
    return this.#sink
  }

  #freeSink(): void {
    if (this.#sink === undefined) return
    this.response.detachSocket(this.#sink as never)
    freeSink(this.#sink)
    this.#sink = undefined
  }

  #end(): void {
    if ('destroySoon' in this.#socket) (this.#socket as { destroySoon(): void }).destroySoon()
    else this.#socket.end()
  }

  // What its sink tells.

  written(): void {
    // Not within the app's own call.
    if (this.#state === 'on trial') process.nextTick(this.#tried)
  }

  destroyed(): void {
    if (this.#state === 'on trial') process.nextTick(this.#tried)
    else this.#destroy()
  }

  deadlinePassed(): void {
    if (this.#state === 'on trial') this.#passOn()
    else this.#destroy()
  }

  readonly #tried = (): void => {
    if (this.#state === 'on trial') this.#passOn()
  }

  readonly #lost = (): void => {
    this.#deadlines.disarm(this.#deadline)
    if (this.#state === 'on trial') this.#passOn()
    else if (this.#state === 'accepted') this.#giveUp()
  }

  readonly #destroy = (): void => {
    this.#socket.destroy()
  }

  readonly #drained = (): void => {
    this.response.emit('drain')
  }
}
