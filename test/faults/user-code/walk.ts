// Owns: one client that meets a function that fails, with everything that it may do; others that must be served meanwhile.
import assert from 'node:assert/strict'
import http from 'node:http'
import type { TestContext } from 'node:test'
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { socketioMiddleware, type Options } from '../../../lib/index.js'
import { FakeClock } from '../../support/clock.js'
import { NamespacePeer, openIn, type Generation } from '../../support/generations.js'
import { within } from '../../support/journal.js'
import { Reports } from '../../support/reports.js'
import { listen, type TestServer } from '../../support/server.js'
import { applicationWith, bad } from './application.js'
import type { Point } from './faults.js'

/** Longer than any walk; what is cut by time is cut on purpose. */
const farAway = 2_000_000_000
const closeTimeout = 60_000

/** What came of it. */
export interface Outcome {
  /** Of the first connect: in, refused, silent, or the handshake was answered otherwise. */
  readonly first: string
  readonly reports: readonly string[]
}

export class Walk {
  readonly #point: Point
  readonly #clock = new FakeClock()
  readonly #t: TestContext
  readonly #generation: Generation
  readonly #reports: string[] = []
  readonly #application: ReturnType<typeof applicationWith>
  #server!: TestServer

  constructor(t: TestContext, point: Point, generation: Generation) {
    this.#t = t
    this.#point = point
    this.#generation = generation
    const reports = new Reports()
    const handler: Options['errorHandler'] = (...args) => {
      reports.handler(...args)
      // What a client did wrong is no failure of the application's.
      if (args[6] !== undefined) this.#reports.push(`errorHandler: ${args[1]} ${args[2]}`)
    }
    this.#application = applicationWith(point, handler)
    t.mock.method(console, 'error', (...args: unknown[]) => {
      this.#reports.push(`console: ${String(args[0])}`)
    })
  }

  async go(isArmedAtOnce: boolean): Promise<Outcome> {
    const { namespaces, options } = this.#application
    const io = socketioMiddleware(namespaces, {
      ...options,
      clock: this.#clock,
      closeTimeout,
      heartbeatInterval: farAway,
      heartbeatTimeout: farAway + 1_000_000,
      handshakeTimeout: farAway,
    })
    this.#application.prepare(io)
    this.#server = await listen(this.#t, io, http.createServer(io))
    // Somebody who was there before.
    const other = await openIn(this.#t, this.#server, '0.9')
    await other.enter('/good')
    this.#point.isArmed = isArmedAtOnce
    const { first, peer } = await this.#arrive()
    await this.#assertServed(other)
    if (peer !== undefined) {
      this.#point.isArmed = !isArmedAtOnce
      await this.#doEverything(peer)
      await this.#assertServed(other, peer)
      peer.leave(bad)
      await this.#settle(peer)
      await this.#passTime(peer)
      // It is as if nothing had been.
      if (await this.#connect(peer)) peer.reset()
      else peer.close()
      await this.#passTime()
    }
    await this.#assertServed(other)
    await this.#assertServed(await openIn(this.#t, this.#server, '4'))
    assert.deepEqual(await io.of('/bad').fetchSockets(), [], 'nobody is left')
    return { first, reports: this.#reports }
  }

  /** What came of the first connect, and a client that is in, which a first one that was not may have become. */
  async #arrive(): Promise<{ first: string; peer: NamespacePeer | undefined }> {
    const opened = await this.#open()
    if (typeof opened === 'string') {
      assert.deepEqual(await this.#server.io.of('/bad').fetchSockets(), [])
      const again = await this.#open()
      if (typeof again === 'string') assert.fail(`expected the next client to be let in, got ${again}`)
      assert.ok(await this.#connect(again))
      return { first: opened, peer: again }
    }
    opened.connect(bad)
    await this.#settle(opened, false)
    let first = firstAnswer(opened)
    if (first === 'silent') {
      assert.deepEqual(await this.#server.io.of('/bad').fetchSockets(), [], 'who is asked is not in')
      // What has a deadline is over after it.
      this.#clock.advance(10_000)
      await this.#settle(opened, false)
      first = firstAnswer(opened)
    }
    opened.lines.takeAll()
    const listed = await this.#server.io.of('/bad').fetchSockets()
    assert.equal(listed.length, first === 'in' ? 1 : 0)
    if (first === 'in') return { first, peer: opened }
    // One that never settles has its client only until that goes; for all others the same client asks again.
    const next = first === 'silent' ? await this.#openNext(opened) : opened
    if (this.#point.fault !== 'is a class field') {
      assert.ok(await this.#connect(next), 'asked again, it lets the client in')
      return { first, peer: next }
    }
    assert.equal(await this.#connect(next), false, 'a field refuses every time')
    return { first, peer: undefined }
  }

  async #openNext(before: NamespacePeer): Promise<NamespacePeer> {
    before.reset()
    await this.#passTime()
    const next = await this.#open()
    if (typeof next === 'string') assert.fail(`expected the next client to be let in, got ${next}`)
    return next
  }

  /** A client with an Origin, in the global namespace; or with what its handshake was answered. */
  async #open(): Promise<NamespacePeer | string> {
    const { port, url } = this.#server
    const headers = { Origin: 'http://elsewhere.example' }
    let path = '?EIO=4&transport=websocket'
    if (this.#generation === '0.9') {
      const asked = this.#inTime(
        fetch(`${url}/socket.io/1/`, { headers }).then(async (answer) => [answer.status, await answer.text()] as const),
      )
      const [status, body] = await asked
      if (status !== 200) return String(status)
      path = `1/websocket/${body.slice(0, body.indexOf(':'))}`
    }
    const websocket = new WebSocket(`ws://127.0.0.1:${port}/socket.io/${path}`, { headers, perMessageDeflate: false })
    this.#t.after(() => {
      websocket.terminate()
    })
    const peer = new NamespacePeer(this.#generation, websocket)
    const refused = new Promise<string>((resolve) => {
      websocket.once('unexpected-response', (_request, { statusCode }) => {
        resolve(String(statusCode))
      })
    })
    const opened = new Promise<'open'>((resolve) => websocket.once('open', () => resolve('open')))
    const closed = peer.closed.then((code) => `closed ${code}`)
    const how = await this.#inTime(Promise.race([opened, refused, closed]))
    if (how !== 'open') return how
    if (this.#generation === '4') peer.connect('')
    const answer = await this.#inTime(peer.next().catch((error: unknown) => String(error)))
    return answer === 'connected ' ? peer : answer
  }

  /** An answer that may need the deadlines of options to pass. */
  async #inTime<Answer>(answer: Promise<Answer>): Promise<Answer> {
    const soon = await Promise.race([answer.then(() => true), pause(50, false)])
    if (!soon) this.#clock.advance(10_000)
    return within('an answer', answer)
  }

  async #connect(peer: NamespacePeer): Promise<boolean> {
    peer.connect(bad)
    await this.#settle(peer, false)
    return firstAnswer(peer, true) === 'in'
  }

  async #doEverything(peer: NamespacePeer): Promise<void> {
    const { io } = this.#server
    peer.ask(1, bad, 'event', 'x')
    if (this.#generation === '0.9') peer.send(`3::${bad}:hello`, `4::${bad}:{"a":1}`, `7::${bad}:0`)
    else peer.emit(bad, 'message', 'hello')
    peer.emit(bad, 'jobs')
    peer.emit(bad, 'ask')
    peer.emit(bad, 'tell')
    peer.emit(bad, 'nowhere')
    await this.#settle(peer)
    io.of('/bad')
      .timeout(1_000)
      .emit('question', () => this.#point.at('the callback of io.of().timeout().emit()', () => undefined))
    io.sockets.serverSideEmit('news', () => this.#point.at('the callback of serverSideEmit()', () => undefined))
    this.#application.adapters.get('/')?.hear('news')
    this.#application.adapters.get(bad)?.hear('~sio:sockets', () => {})
    await this.#settle(peer)
    this.#clock.advance(1)
    await this.#settle(peer)
    // What is not answered is told to callbacks that have a deadline.
    this.#clock.advance(1_000)
    await this.#settle(peer)
  }

  /** Others, and other namespaces of the same client. */
  async #assertServed(...peers: readonly NamespacePeer[]): Promise<void> {
    for (const peer of peers) {
      if (this.#point.row === 'rateLimit.onLimit' && peers.indexOf(peer) > 0) continue
      peer.lines.takeAll()
      const endpoint = peers.indexOf(peer) === 0 && peer.frames.some((frame) => frame.includes('/good')) ? '/good' : ''
      peer.ask(77, endpoint, 'echo', 'hello')
      assert.equal(await peer.until(`ack ${endpoint} 77`), `ack ${endpoint} 77 ["hello"]`)
    }
  }

  /** Until all that can be done is; what is asked is answered. */
  async #settle(peer: NamespacePeer, answers = true): Promise<void> {
    for (let round = 0; round < 3; round++) {
      for (let turns = 0; turns < 5; turns++) await turn()
      if (!peer.isOpen) return
      const lines = await peer.settled()
      assert.deepEqual(
        lines.filter((line) => line.startsWith('garbage')),
        [],
      )
      peer.lines.push(...lines)
      if (answers) for (const question of peer.questions.splice(0)) peer.answer([1], question)
      if (round === 0 && !answers) return
    }
  }

  async #passTime(peer?: NamespacePeer): Promise<void> {
    for (let stage = 0; stage < 3; stage++) {
      for (let turns = 0; turns < 10; turns++) await turn()
      this.#clock.advance(closeTimeout)
    }
    for (let turns = 0; turns < 10; turns++) await turn()
    if (peer !== undefined) await this.#settle(peer)
  }
}

/** What a client has been answered: what it was told beside that is none. */
function firstAnswer(peer: NamespacePeer, takes = false): string {
  const lines = peer.lines.takeAll()
  if (!takes) peer.lines.push(...lines)
  if (lines.includes(`connected ${bad}`)) return 'in'
  if (lines.includes(`refused ${bad}`)) return 'refused'
  return peer.isOpen ? 'silent' : 'closed'
}
