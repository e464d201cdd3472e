// Owns: one upgrade request on its way through the app: an ordinary request whose answer may be a 101.
// Elsewhere: whose it is (server-tap.ts), what its response writes to (upgrade-sink.ts), its 101 (upgrade-answer.ts).
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { AnswerWatch, patienceMs, trialMs, type Asking, type Waiting } from './answer-watch.js'
import { dropRequest, EarlyBytes, loseRequest } from './lost-clients.js'
import { endUnwritten, unwrittenHeaders } from './shortcuts.js'
import { completeUpgrade, endSoon, isForwarded, readAnswer, refuse } from './upgrade-answer.js'
import type { Acceptance, Completion } from './upgrade-answer.js'
import { detach, freeSocket, joinSink, makeSink, releaseSink } from './upgrade-sink.js'
import type { SinkOwner, UpgradeSink } from './upgrade-sink.js'
import type { Trial } from './without-upgrade.js'

/**
 * on trial: the app has not come to us yet, and may not.
 * asked: whatever the app answers goes out on the connection, in plain HTTP.
 * accepted: the end of the response completes the upgrade.
 * refused: it was accepted, but the chain has answered something else on its way back, which goes out.
 */
type State = 'on trial' | 'asked' | 'accepted' | 'refused' | 'over'

/** The upgrades that requests are, while they are not answered. */
export const upgrades = new WeakMap<IncomingMessage, Upgrade>()

export class Upgrade implements Waiting, SinkOwner {
  readonly response: ServerResponse
  readonly #request: IncomingMessage
  readonly #socket: Duplex
  // Bytes behind the request. They are released with the upgrade: of a newer client, the request lives as long as it does.
  #head: Buffer | undefined
  #early: EarlyBytes | undefined
  readonly #asking: Asking
  // From the end of the app's own call on, or where it is on trial; not for what is answered within that (bench: connect).
  #watch: AnswerWatch | undefined
  #state: State
  #trial: Trial | undefined
  #acceptance: Acceptance | undefined
  // The headers of its 101, once the response has written them.
  #lines: readonly string[] | undefined
  #sink: UpgradeSink | undefined
  #hasLeft = false
  #isClosed = false

  constructor(response: ServerResponse, socket: Duplex, head: Buffer, asking: Asking, trial?: Trial) {
    this.response = response
    this.#request = response.req
    this.#socket = socket
    this.#head = head
    this.#asking = asking
    this.#trial = trial
    this.#state = trial === undefined ? 'asked' : 'on trial'
    // A refusal is the last thing on this connection, and says so.
    response.shouldKeepAlive = false
    if (trial !== undefined) {
      this.#sink = makeSink(socket, this)
      this.#watch = new AnswerWatch(socket, this, asking.tapping.deadlines, trialMs)
      this.#watch.listen()
    }
    response.assignSocket((this.#sink ?? socket) as never)
    response.on('finish', this.#finished)
    upgrades.set(response.req, this)
    asking.pending.add(this)
  }

  /** The app's own call is over. Gives whether the upgrade is left to it; errors of connections come later than that. */
  asked(): boolean {
    const { deadlines } = this.#asking.tapping
    // Ended without being written: not before the app has done what it does behind our call.
    if (this.#state === 'accepted' && this.#sink === undefined) this.#answered()
    if (!this.#hasLeft) this.#watch ??= new AnswerWatch(this.#socket, this, deadlines, patienceMs)
    return !this.#hasLeft
  }

  /** The app has come to us with it: it is ours, whatever is answered. */
  reached(): void {
    if (this.#state !== 'on trial') return
    this.#state = 'asked'
    this.#trial?.ours()
    this.#trial = undefined
    this.#watch?.limit(patienceMs)
    const sink = this.#sink as UpgradeSink
    this.#sink = undefined
    detach(this.response, sink)
    this.response.assignSocket(this.#socket as never)
    joinSink(sink, this.#socket)
  }

  /** The answer takes its time: its client may lose patience meanwhile, or the app may give none. */
  wait(): void {
    if (this.#hasLeft) return
    // A client that is refused may not read that.
    this.#watch?.listen()
    if (this.#state === 'asked' || this.#state === 'accepted') this.#early ??= new EarlyBytes(this.#socket)
  }

  /** Accepts it and ends the response, which need not be written where nobody would see it (bench: connect). */
  answer(server: Acceptance['server'], complete: Completion): void {
    const lines = this.#state === 'asked' ? unwrittenHeaders(this.response) : undefined
    if (lines === undefined) {
      this.accept(server, complete)
      this.response.end()
      return
    }
    this.#state = 'accepted'
    this.#acceptance = { server, complete }
    this.#lines = lines.filter(isForwarded)
    this.response.statusCode = 101
    endUnwritten(this.response)
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
    freeSocket(this.response, this.#socket)
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
    if (isBegun) this.#socket.destroy()
    else refuse(this.#socket, 503)
  }

  // Whatever the app still does with its response reaches nobody.
  #giveUp(): void {
    if (this.#sink === undefined) detach(this.response, this.#socket)
    this.#state = 'over'
    this.#head = undefined
    this.#releaseSink()
    this.#closeResponse()
    dropRequest(this.#request, this.#socket)
  }

  // As Node does with the responses that it makes itself, and has told where their connection was lost.
  #closeResponse(): void {
    // A socket may keep the request: references that only its answer needed are released.
    upgrades.delete(this.#request)
    this.#asking.pending.delete(this)
    if (this.#isClosed || this.response.closed) return
    this.#isClosed = true
    this.response.destroyed = true
    this.response.emit('close')
  }

  #answered(): void {
    const state = this.#state
    if (state === 'on trial') this.#passOn()
    if (this.#state === 'over') return
    this.#state = 'over'
    if (this.#sink === undefined) freeSocket(this.response, this.#socket)
    else this.#releaseSink()
    if (state !== 'accepted') endSoon(this.#socket)
    else if (this.#lines === undefined) refuse(this.#socket, 500)
    else if (this.#complete(this.#acceptance as Acceptance, this.#lines)) return
    // As Node does with what the app has not read.
    this.#request.resume()
  }

  #complete(acceptance: Acceptance, lines: readonly string[]): boolean {
    const head = this.#head as Buffer
    this.#head = undefined
    const whole = this.#early === undefined ? head : Buffer.concat([head, ...this.#early.stop()])
    if (!completeUpgrade(acceptance, this.#request, this.#socket, whole, lines)) return false
    this.#leave()
    return true
  }

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
    dropRequest(this.#request, this.#socket)
    if (!this.#socket.destroyed) trial?.notOurs()
  }

  #leave(): void {
    this.#watch?.end()
    this.#hasLeft = true
  }

  #releaseSink(): void {
    if (this.#sink === undefined) return
    releaseSink(this.response, this.#sink)
    this.#sink = undefined
  }

  readonly #finished = (): void => {
    this.#answered()
    this.#releaseSink()
    this.#closeResponse()
  }

  written(chunk: string | Buffer, encoding: BufferEncoding, done: () => void): void {
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
    if (this.#state === 'on trial' && readAnswer(chunk) !== 'interim') process.nextTick(this.#tried)
    done()
  }

  destroyed(): void {
    if (this.#state === 'on trial') process.nextTick(this.#tried)
    else this.#socket.destroy()
  }

  deadlinePassed(): void {
    if (this.#state === 'on trial') this.#passOn()
    else this.#socket.destroy()
  }

  // Not within the app's own call.
  readonly #tried = (): void => {
    if (this.#state === 'on trial') this.#passOn()
  }

  lost(): void {
    if (this.#state === 'on trial') this.#passOn()
    else if (this.#state === 'asked') {
      loseRequest(this.#request)
      this.#closeResponse()
    } else if (this.#state !== 'over') this.#giveUp()
  }
}
