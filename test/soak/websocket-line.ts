// Owns: clients on a websocket from their first request on: 0.9's and engine.io's.
// Elsewhere: the way to it from polling (polling-line.ts).
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { WebSocket } from 'ws'
import { reset } from '../support/reset.js'
import { shakeHands, type Exit, type Line, type LineOwner, type Opening } from './line.js'

export async function openWebsocket(opening: Opening): Promise<Line> {
  return openLine(opening, `1/websocket/${await shakeHands(opening.place)}`)
}

/** A websocket of engine.io. */
export function openEngineWebsocket(opening: Opening, revision: 3 | 4): Promise<Line> {
  return openLine(opening, `?EIO=${revision}&transport=websocket`)
}

async function openLine({ place, owner }: Opening, path: string): Promise<Line> {
  const websocket = new WebSocket(`ws://127.0.0.1:${place.port}/socket.io/${path}`, { perMessageDeflate: false })
  const line = new WebsocketLine(websocket, owner)
  await once(websocket, 'open')
  return line
}

class WebsocketLine implements Line {
  readonly #websocket: WebSocket
  #isOver = false

  constructor(websocket: WebSocket, owner: LineOwner) {
    this.#websocket = websocket
    websocket.on('message', (data: Buffer) => {
      if (!this.#isOver) owner.heard(data.toString())
    })
    websocket.on('error', () => {})
    websocket.on('close', (code) => {
      if (!this.#isOver) owner.lost(`a websocket closed with ${code}`)
    })
  }

  send(packet: string): void {
    this.#websocket.send(packet)
  }

  async bye(packets: readonly string[]): Promise<void> {
    this.#isOver = true
    await closeWebsocket(this.#websocket, packets)
  }

  exit(how: Exit): void {
    this.#isOver = true
    if (how === 'close') this.#websocket.close()
    else if (how === 'reset') resetWebsocket(this.#websocket)
    // Silence: it answers nothing any more, until the server has had enough.
  }
}

/** Says goodbye. A server of 0.9 closes the connection then; of the others the client does. */
export async function closeWebsocket(websocket: WebSocket, packets: readonly string[]): Promise<void> {
  if (websocket.readyState !== WebSocket.OPEN) return
  const closed = once(websocket, 'close')
  for (const packet of packets) websocket.send(packet)
  if (packets.length > 1) websocket.close()
  await closed
}

/** What is still on its way is thrown away. */
export function resetWebsocket(websocket: WebSocket): void {
  const socket = Reflect.get(websocket, '_socket') as Socket | null | undefined
  reset(socket)
}
