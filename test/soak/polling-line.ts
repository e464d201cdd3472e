// Owns: clients that poll: xhr-polling and jsonp-polling of 0.9, engine.io's polling, and its upgrade to a websocket.
// Elsewhere: websockets from the first request on (websocket-line.ts), htmlfile (htmlfile-line.ts).
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { reset } from '../support/reset.js'
import { v09 } from './dialects.js'
import { ask, bare, Poster, shakeHands, type Dress, type Exit, type Line, type Opening, type Request } from './line.js'
import { closeWebsocket, resetWebsocket } from './websocket-line.js'

export async function openXhrPolling(opening: Opening): Promise<Line> {
  return new PollingLine(opening, `/socket.io/1/xhr-polling/${await shakeHands(opening.place)}?t=1`, bare)
}

export async function openJsonpPolling(opening: Opening): Promise<Line> {
  return new PollingLine(opening, `/socket.io/1/jsonp-polling/${await shakeHands(opening.place)}?t=1&i=0`, {
    type: 'application/x-www-form-urlencoded',
    wrap: (payload) => `d=${encodeURIComponent(JSON.stringify(payload))}`,
    unwrap: (body) => JSON.parse(body.slice('io.j[0]('.length, -');'.length)) as string,
  })
}

/** engine.io's polling. What the first poll brings beside the handshake is heard. */
export async function openEnginePolling(opening: Opening, revision: 3 | 4): Promise<Line> {
  // Texts only, for revision 3 as well.
  const path = `/socket.io/?EIO=${revision}${revision === 3 ? '&b64=1' : ''}&transport=polling`
  const [handshake = '', ...rest] = opening.dialect.split(await ask(opening.place, path).answer)
  const { sid } = JSON.parse(handshake.slice(1)) as { sid: string }
  const line = new PollingLine(opening, `${path}&sid=${sid}`, bare)
  for (const text of rest) opening.owner.heard(text)
  return line
}

class PollingLine implements Line {
  readonly #opening: Opening
  readonly #path: string
  readonly #dress: Dress
  readonly #poster: Poster
  readonly #polling: Promise<void>
  #poll: Request | undefined
  #cut: Request | undefined
  // Polls go on until it is over, or a websocket takes their place.
  #isOver = false
  #isUpgrading = false
  #probing: WebSocket | undefined
  #websocket: WebSocket | undefined

  constructor(opening: Opening, path: string, dress: Dress) {
    this.#opening = opening
    this.#path = path
    this.#dress = dress
    this.#poster = new Poster(opening, path, dress)
    this.#polling = this.#keepPolling()
  }

  send(packet: string): void {
    if (this.#websocket === undefined) this.#poster.send(packet)
    else this.#websocket.send(packet)
  }

  async bye(packets: readonly string[]): Promise<void> {
    this.#isOver = true
    if (this.#websocket !== undefined) {
      await closeWebsocket(this.#websocket, packets)
      return
    }
    this.#poster.send(...packets)
    await this.#poster.settled()
    await this.#polling
  }

  exit(how: Exit): void {
    this.#isOver = true
    this.#poster.isOver = true
    if (this.#websocket === undefined) this.#probing?.terminate()
    const request = this.#poll?.request
    if (how === 'close') {
      request?.destroy()
      this.#websocket?.close()
    } else if (how === 'reset') {
      if (this.#websocket !== undefined) resetWebsocket(this.#websocket)
      else reset(request?.socket)
    }
    // Silence: the poll is left to be answered, and no other follows.
  }

  // Half of the connection is closed, and the other read on: an answer that had left when the server heard of it still
  // arrives, as it would not after a reset. Whatever has not left must come with the next poll.
  cutPoll(): void {
    const socket = this.#poll?.request.socket
    if (this.#opening.dialect !== v09 || this.#isOver || !socket || socket.connecting || socket.destroyed) return
    this.#cut = this.#poll
    socket.end()
  }

  async upgrade(): Promise<void> {
    if (this.#opening.dialect === v09 || this.#isOver || this.#isUpgrading) return
    this.#isUpgrading = true
    const { place, owner } = this.#opening
    const path = this.#path.replace('=polling', '=websocket')
    const websocket = new WebSocket(`ws://127.0.0.1:${place.port}${path}`, { perMessageDeflate: false })
    websocket.on('error', () => {})
    this.#probing = websocket
    await once(websocket, 'open')
    websocket.send('2probe')
    const [probe] = (await once(websocket, 'message')) as [Buffer]
    if (probe.toString() !== '3probe') throw new Error(`expected the answer to a probe, got ${probe.toString()}`)
    // The server ends the held poll with a noop.
    await Promise.all([this.#poster.stop(), this.#polling])
    if (this.#isOver) return
    websocket.on('message', (data: Buffer) => {
      owner.heard(data.toString())
    })
    websocket.on('close', (code) => {
      if (!this.#isOver) owner.lost(`a websocket closed with ${code} after its upgrade`)
    })
    websocket.send('5')
    this.#websocket = websocket
    for (const packet of this.#poster.takeAll()) websocket.send(packet)
  }

  async #keepPolling(): Promise<void> {
    const { place, dialect, owner } = this.#opening
    while (!this.#isOver && !this.#isUpgrading) {
      const poll = ask(place, this.#path)
      this.#poll = poll
      try {
        const body = await poll.answer
        for (const text of dialect.split(this.#dress.unwrap(body))) owner.heard(text)
      } catch (error) {
        if (this.#isOver) return
        if (this.#cut === poll) continue
        owner.lost(`poll: ${(error as Error).message}`)
        return
      }
    }
  }
}
