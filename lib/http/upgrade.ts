// Owns: one upgrade request on its way through the app: an ordinary request whose answer may be a 101.
// Elsewhere: whose it is (server-tap.ts), what its response writes to (upgrade-sink.ts), its 101 (upgrade-answer.ts).
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { Deadline, type DeadlineOwner, type Deadlines } from '../support/timers.js'
import { EarlyBytes, endWithClient, loseRequest } from './lost-clients.js'
import type { ResponseClass } from './shortcuts.js'
import { completeUpgrade, endSoon, readAnswer, refuse, type Acceptance, type Completion } from './upgrade-answer.js'
import { joinSink, makeSink, releaseSink, uncork, type SinkOwner, type UpgradeSink } from './upgrade-sink.js'
import type { Trial } from './without-upgrade.js'

// How long the app may take to answer, as Node has switched off its time-outs, and to bring what may be somebody else's.
const patienceMs = 30_000
const trialMs = 5_000

/**
 * on trial: the app has not come to us yet, and may not.
 * asked: whatever the app answers goes out on the connection, in plain HTTP.
 * accepted: the end of the response completes the upgrade.
 * refused: it was accepted, but the chain has answered something else on its way back, which goes out.
 */
type State = 'on trial' | 'asked' | 'accepted' | 'refused' | 'over'

export class Upgrade implements DeadlineOwner, SinkOwner {
  readonly response: ServerResponse
  readonly #request: IncomingMessage
  readonly #socket: Duplex
  // What came behind the request. It is let go of with the upgrade: of a newer client, the request lives as long as it does.
  #head: Buffer | undefined
  #early: EarlyBytes | undefined
  readonly #deadlines: Deadlines
  readonly #deadline = new Deadline(this)
  #state: State
  #trial: Trial | undefined
  #acceptance: Acceptance | undefined
  // The headers of its 101, once the response has written them.
  #lines: readonly string[] | undefined
  #sink: UpgradeSink | undefined
  #isClosed = false

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
    socket.on('end', this.#ended)
    socket.once('close', this.#lost)
    const response = new Response(request)
    this.response = response
    // A refusal is the last thing on this connection, and says so.
    response.shouldKeepAlive = false
    if (trial !== undefined) this.#sink = makeSink(socket, this)
    response.assignSocket((this.#sink ?? socket) as never)
    socket.on('drain', this.#drained)
    response.once('finish', this.#finished)
  }

  /** The app has come to us with it: it is ours, whatever is answered. */
  reached(): void {
    if (this.#state !== 'on trial') return
    this.#state = 'asked'
    this.#trial?.ours()
    this.#trial = undefined
    this.#deadlines.arm(this.#deadline, patienceMs)
    const sink = this.#sink as UpgradeSink
    this.#sink = undefined
    this.response.detachSocket(sink as never)
    this.response.assignSocket(this.#socket as never)
    joinSink(sink, this.#socket)
  }

  /** The answer takes its time: its client may lose patience meanwhile. */
  wait(): void {
    if (this.#state === 'asked' || this.#state === 'accepted') this.#early ??= new EarlyBytes(this.#socket)
  }

  /**
   * Accepts the upgrade: whatever ends the response from now on completes it, with the headers that the chain has set.
   * What the chain does when a response ends is done before: a session is saved, a request is logged.
   */
  accept(server: Acceptance['server'], complete: Completion): void {
    // The app has answered in our place, because its patience had ended, say.
    if (this.#state !== 'asked' || this.response.headersSent) return
    this.#state = 'accepted'
    this.#acceptance = { server, complete }
    this.response.detachSocket(this.#socket as never)
    uncork(this.#socket)
    this.#sink = makeSink(this.#socket, this)
    this.response.assignSocket(this.#sink as never)
    this.response.statusCode = 101
  }

  /** Ends it without waiting for the app any longer: the middleware is closed. What may be somebody else's goes to them. */
  cut(): void {
    if (this.#state === 'on trial') this.#passOn()
    if (this.#state === 'over' || this.response.writableEnded) return
    const isBegun = this.response.headersSent
    this.#giveUp()
    if (isBegun) this.#destroy()
    else refuse(this.#socket, 503)
  }

  // Whatever the app still does with its response reaches nobody.
  #giveUp(): void {
    if (this.#state === 'asked') this.response.detachSocket(this.#socket as never)
    this.#state = 'over'
    this.#head = undefined
    this.#releaseSink()
    this.#closeResponse()
    if (this.#socket.destroyed) loseRequest(this.#request)
    else this.#request.resume()
  }

  // As Node does with the responses that it makes itself, and has told where their connection was lost.
  #closeResponse(): void {
    if (this.#isClosed || this.response.closed) return
    this.#isClosed = true
    this.response.destroyed = true
    this.response.emit('close')
  }

  #answered(): void {
    const state = this.#state
    if (state === 'on trial') this.#passOn()
    if (this.#state === 'over') return
    // Whatever becomes of the connection now, its request is answered.
    this.#state = 'over'
    if (state === 'asked') this.response.detachSocket(this.#socket as never)
    else this.#releaseSink()
    if (state !== 'accepted') endSoon(this.#socket)
    else if (this.#lines === undefined) refuse(this.#socket, 500)
    else if (this.#complete(this.#acceptance as Acceptance, this.#lines)) return
    // As Node does with what the app has not read.
    this.#request.resume()
  }

  #complete(acceptance: Acceptance, lines: readonly string[]): boolean {
    const head = Buffer.concat([this.#head ?? Buffer.alloc(0), ...(this.#early?.stop() ?? [])])
    const accepted = { request: this.#request, socket: this.#socket, head }
    this.#head = undefined
    this.#socket.off('drain', this.#drained)
    if (!completeUpgrade(acceptance, accepted, lines)) return false
    this.#leave()
    return true
  }

  // Its response is left to write what nobody reads.
  #passOn(): void {
    const trial = this.#trial
    this.#state = 'over'
    this.#trial = undefined
    this.#head = undefined
    this.#leave()
    if (!this.response.writableEnded) {
      this.#releaseSink()
      this.#closeResponse()
    }
    if (this.#socket.destroyed) loseRequest(this.#request)
    else this.#request.resume()
    if (!this.#socket.destroyed) trial?.notOurs()
  }

  #leave(): void {
    this.#deadlines.disarm(this.#deadline)
    this.#socket.off('end', this.#ended)
    this.#socket.off('close', this.#lost)
    this.#socket.off('drain', this.#drained)
    this.#socket.off('error', this.#destroy)
  }

  #releaseSink(): void {
    if (this.#sink === undefined) return
    this.response.detachSocket(this.#sink as never)
    releaseSink(this.#sink)
    this.#sink = undefined
  }

  readonly #finished = (): void => {
    this.#answered()
    this.#releaseSink()
    this.#closeResponse()
  }

  // What its sink tells.

  written(chunk: string | Buffer, encoding: BufferEncoding, done: () => void): void {
    // A response writes its whole head at once.
    if (this.#state === 'accepted' && this.#lines === undefined) {
      const answer = readAnswer(chunk)
      if (typeof answer === 'object') this.#lines = answer
      else if (answer === 'refusal') this.#state = 'refused'
    }
    if (this.#state === 'refused') {
      // Not with an error: the connection has those who listen for it.
      this.#socket.write(chunk, encoding, () => {
        done()
      })
      return
    }
    // Not within the app's own call.
    if (this.#state === 'on trial') process.nextTick(this.#tried)
    done()
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

  readonly #ended = (): void => {
    endWithClient(this.#socket)
  }

  readonly #lost = (): void => {
    this.#deadlines.disarm(this.#deadline)
    if (this.#state === 'on trial') this.#passOn()
    else if (this.#state === 'asked') loseRequest(this.#request)
    else if (this.#state !== 'over') this.#giveUp()
  }

  readonly #destroy = (): void => {
    this.#socket.destroy()
  }

  readonly #drained = (): void => {
    this.response.emit('drain')
  }
}
