// Owns: a client's connection: a websocket, or polling.
// Elsewhere: what is said over it (test-client.ts), how it is spelled (envelopes.ts, speech.ts).
import type { WebSocket } from 'ws'
import { HandshakeRefused, type Answer, type Door } from './door.js'
import { textOf, type Envelope } from './envelopes.js'
import type { Frame } from './speech.js'

export interface CarrierOwner {
  told(frame: Frame): void
  /** It carries nothing any more. */
  over(): void
}

export interface Carrier {
  readonly sid: string
  /** Whether something that the client has said is still on its way. */
  readonly isBusy: boolean
  send(frames: readonly Frame[]): void
  /** Ends in order: what was said goes out first. */
  end(): void
  /** Ends without a word. */
  cut(): void
  /** Ends at once, whatever the server does meanwhile, which keeps nothing. */
  abandon(): Promise<void>
}

/** Opens a connection. Rejects with a HandshakeRefused, or with what Node says of a connection that fails. */
export async function openCarrier(
  door: Door,
  envelope: Envelope,
  transport: 'websocket' | 'polling',
  owner: CarrierOwner,
): Promise<Carrier> {
  const path = envelope.handshake[transport]
  const sid = path === undefined ? '' : await shakeHands(door, envelope, path)
  if (sid !== '') door.willEndBy(envelope.endOf(sid))
  // Its answer may have come at the very end of the time that there was.
  if (door.isGivenUp) throw new Error('the connect has been given up')
  return transport === 'polling'
    ? new PollingCarrier(door, envelope, sid, owner)
    : openWebSocket(door, envelope, sid, owner)
}

async function shakeHands(door: Door, envelope: Envelope, path: string): Promise<string> {
  const answer = await door.ask(path)
  const sid = answer.status === 200 ? envelope.sidIn(textOf(answer)) : undefined
  if (sid === undefined) throw new HandshakeRefused(answer)
  return sid
}

function openWebSocket(door: Door, envelope: Envelope, sid: string, owner: CarrierOwner): Promise<Carrier> {
  return new Promise((resolve, reject) => {
    const websocket = door.websocket(envelope.pathOf('websocket', sid), (answer) => {
      answer.then((told) => {
        reject(new HandshakeRefused(told))
      }, reject)
    })
    const carrier = new WebSocketCarrier(door, websocket, envelope, sid, owner, resolve)
    websocket.once('open', () => {
      carrier.opened()
    })
    websocket.on('error', reject)
    websocket.once('close', () => {
      reject(new Error('the connection ended before there was a session'))
    })
  })
}

class WebSocketCarrier implements Carrier {
  sid: string
  readonly isBusy = false
  readonly #door: Door
  readonly #websocket: WebSocket
  readonly #envelope: Envelope
  readonly #owner: CarrierOwner
  readonly #opened: (carrier: Carrier) => void

  constructor(
    door: Door,
    websocket: WebSocket,
    envelope: Envelope,
    sid: string,
    owner: CarrierOwner,
    opened: (carrier: Carrier) => void,
  ) {
    this.sid = sid
    this.#door = door
    this.#websocket = websocket
    this.#envelope = envelope
    this.#owner = owner
    this.#opened = opened
    websocket.on('message', (data: Buffer, isBinary: boolean) => {
      this.#receive(isBinary ? data : data.toString())
    })
    websocket.once('close', () => {
      door.release()
      owner.over()
    })
  }

  /** There is nothing to be waited for where the session was there before. */
  opened(): void {
    if (this.sid !== '') this.#opened(this)
  }

  #receive(unit: Frame): void {
    if (this.sid === '') {
      this.sid = this.#envelope.sidIn(String(unit)) ?? ''
      if (this.sid !== '') this.#opened(this)
      return
    }
    const read = this.#envelope.read(unit)
    if (read === 'close') this.#websocket.close()
    else if (read !== 'nothing') {
      if ('reply' in read) this.#websocket.send(read.reply)
      else {
        this.#owner.told(read.frame)
        if (read.isLast === true) this.#websocket.close()
      }
    }
  }

  send(frames: readonly Frame[]): void {
    for (const frame of frames) this.#websocket.send(this.#envelope.wrap(frame))
  }

  end(): void {
    this.#websocket.close()
  }

  cut(): void {
    this.#door.cut()
  }

  abandon(): Promise<void> {
    return this.#door.abandon()
  }
}

class PollingCarrier implements Carrier {
  readonly sid: string
  readonly #door: Door
  readonly #envelope: Envelope
  readonly #owner: CarrierOwner
  readonly #path: string
  #waiting: Frame[] = []
  #isPosting = false
  #isEnding = false
  // It has read or received its last; its holder is called once.
  #isOver = false
  #isTold = false

  constructor(door: Door, envelope: Envelope, sid: string, owner: CarrierOwner) {
    this.sid = sid
    this.#door = door
    this.#envelope = envelope
    this.#owner = owner
    this.#path = envelope.pathOf('polling', sid)
    this.#run(this.#poll())
  }

  get isBusy(): boolean {
    return this.#isPosting
  }

  async #poll(): Promise<void> {
    while (!this.#isOver) {
      const answer = await this.#door.ask(this.#path)
      if (answer.status !== 200) break
      for (const unit of this.#envelope.split(textOf(answer))) this.#receive(unit)
      // Not before it has said so: a POST may still be on its way, and what it says last waits for that.
      if (this.#isEnding && this.#envelope.close !== undefined && !this.#isPosting) break
    }
    this.#over()
  }

  #receive(unit: string): void {
    const read = this.#envelope.read(unit)
    if (read === 'close') this.#isOver = true
    else if (read !== 'nothing') {
      if ('reply' in read) this.#push(read.reply)
      else {
        this.#owner.told(read.frame)
        this.#isOver ||= read.isLast === true
      }
    }
  }

  send(frames: readonly Frame[]): void {
    this.#push(...frames.map((frame) => this.#envelope.wrap(frame)))
  }

  #push(...units: Frame[]): void {
    if (this.#isOver) return
    this.#waiting.push(...units)
    if (!this.#isPosting) this.#run(this.#post())
  }

  // One at a time: two at once could overtake each other.
  async #post(): Promise<void> {
    this.#isPosting = true
    while (this.#waiting.length > 0 && !this.#isOver) {
      const answer: Answer = await this.#door.ask(this.#path, this.#envelope.join(this.#waiting.splice(0)))
      if (answer.status !== 200) this.#over()
    }
    this.#isPosting = false
  }

  // A request that fails is the end of the connection.
  #run(requests: Promise<void>): void {
    requests.catch(() => {
      this.#over()
    })
  }

  end(): void {
    this.#isEnding = true
    if (this.#envelope.close !== undefined) this.#push(this.#envelope.close)
  }

  cut(): void {
    this.#over()
    this.#door.cut()
  }

  abandon(): Promise<void> {
    this.#over()
    return this.#door.abandon()
  }

  #over(): void {
    this.#isOver = true
    this.#isPosting = false
    this.#waiting = []
    if (this.#isTold) return
    this.#isTold = true
    this.#door.release()
    this.#owner.over()
  }
}
