// Owns: how much a client of Socket.IO 2 to 4 has got, as engine.io's own packets say it.
// Elsewhere: the transport itself (engine.ts), what is kept until it is confirmed (recovery/ring.ts).
//
// A pong of a client of 3 or 4 confirms what was written before the ping that it answers. One of 2 pings by
// itself: a ping confirms what was written before our pong to the ping before. By polling, the next GET
// confirms the answer before it, and an upgrade all answers.
import type { Socket as EngineSocket } from 'engine.io'
import type { Deadlines } from '../support/timers.js'
import type { Frame } from '../wire/v5/packet.js'
import { listenToHeartbeats } from './engine-events.js'
import { hasInsides, isPollBroken, sendPing } from './engine-internals.js'
import type { EngineSettings } from './engine-polling.js'
import { EngineTransport } from './engine.js'
import { listOf, marksOf, withMark, withoutFirst, type Marks } from './marks.js'
import { nobody, type MarkedOwner } from './transport.js'

// How much has been handed over, and how much before the present frame, while one is sent. One for all
// (bench: memory).
let handed: number | undefined
let before: number | undefined

export class MarkingEngineTransport extends EngineTransport {
  declare protected owner: MarkedOwner
  /** Of the pings that wait for their pongs; of a client of 2, of our last two pongs. */
  #marks: Marks
  // What is in engine.io's own buffer begins here, and what the websocket's line holds.
  #unsentFrom: number | undefined
  #heldFrom: number | undefined
  // How much went with the answers to polls.
  #answered: number | undefined
  #hearsPongs: boolean

  constructor(engineSocket: EngineSocket, owner: MarkedOwner, deadlines: Deadlines, settings: EngineSettings) {
    super(engineSocket, owner, deadlines, settings)
    this.#hearsPongs = engineSocket.protocol === 3
    if (this.#isPolling) {
      // Before engine.io, which answers it with what there is.
      engineSocket.transport.prependListener('ready', () => {
        this.#confirm(this.#answered)
      })
    } else if (!this.#hearsPongs && !hasInsides(engineSocket)) {
      this.#hearsPongs = true
      listenToHeartbeats(engineSocket)
    }
  }

  /** Marks of the owner before this one say nothing of what this one hands over. */
  override serve(owner: MarkedOwner): void {
    // Its client has come back before its loss was noticed: what is still held here goes nowhere.
    if (owner === nobody) this.#tellUnsent()
    super.serve(owner)
    this.#marks = marksOf(listOf(this.#marks).map(() => 0))
    this.#answered = this.#unsentFrom = this.#heldFrom = undefined
  }

  get #isPolling(): boolean {
    return this.name === 'polling'
  }

  get #isOfVersion2(): boolean {
    return this.engineSocket.protocol === 3
  }

  #confirm(mark: number | undefined): void {
    if (mark !== undefined) this.owner.confirmed(mark)
  }

  override send(frames: readonly Frame[], isUnmarked = false): boolean {
    let mark = this.owner.mark - (isUnmarked ? 0 : frames.length)
    let isSent = true
    const outer = [handed, before] as const
    try {
      for (const frame of frames) {
        before = mark
        if (!isUnmarked) mark++
        // A poll may be answered with a part of it.
        handed = frame.parts.length === 1 ? mark : before
        if (this.line?.isWritten === true) this.#heldFrom = before
        else this.#heldFrom ??= before
        isSent = super.send([frame]) && isSent
      }
    } finally {
      ;[handed, before] = outer
    }
    return isSent
  }

  override created(packet: { readonly type: string }): void {
    this.#unsentFrom ??= before ?? this.owner.mark
    super.created(packet)
    if (packet.type !== (this.#isOfVersion2 ? 'pong' : 'ping')) return
    // It goes straight to the websocket, and must not overtake what is still to be written.
    this.line?.flush()
    this.#marks = withMark(this.#marks, this.owner.mark)
  }

  override flushed(): void {
    // Nobody has been told yet.
    const isBroken = this.#isPolling ? isPollBroken(this.engineSocket) : this.line?.isBroken === true
    if (isBroken) return super.flushed()
    this.#unsentFrom = undefined
    if (this.#isPolling) this.#answered = handed ?? this.owner.mark
    super.flushed()
  }

  override readText(text: string): boolean {
    const isRead = super.readText(text)
    if (isRead && text === '3' && !this.#hearsPongs) this.#answeredPing()
    return isRead
  }

  override heard(): void {
    super.heard()
    if (this.#isOfVersion2) {
      if (typeof this.#marks === 'object') this.#answeredPing()
    } else if (!this.#isPolling) this.#answeredPing()
  }

  #answeredPing(): void {
    const [mark] = listOf(this.#marks)
    this.#marks = withoutFirst(this.#marks)
    this.#confirm(mark)
  }

  override upgraded(): void {
    this.#confirm(this.#answered)
    // Pings that went by polling may have been answered by polling.
    this.#marks = undefined
    this.#hearsPongs = true
    super.upgraded()
  }

  override closed(reason: string): void {
    this.#tellUnsent()
    super.closed(reason)
  }

  // Nor is that written any more: it goes by another connection.
  #tellUnsent(): void {
    const held = this.line?.isWritten === false ? this.#heldFrom : undefined
    if (held !== undefined) this.line?.discard()
    const from = Math.min(held ?? Infinity, this.#unsentFrom ?? Infinity)
    if (from < Infinity) this.owner.unsent(from)
  }

  /** A client of 2 does not answer pings, and one that polls is asked by its polls. */
  ask(): void {
    if (this.#isOfVersion2 || this.#isPolling || this.#marks !== undefined) return
    sendPing(this.engineSocket)
  }
}
