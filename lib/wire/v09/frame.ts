// Owns: one encoded packet of 0.9 on its way to one receiver or to many.
// Elsewhere: its spelling (packet.ts), what each transport makes of it (transports/v09).
import { encodePacket, type JsonCodec } from './packet.js'
import { joinPayload } from './payload.js'
import type { Packet } from '../packet.js'

/**
 * The text of one packet, and what transports make of it alone: each at most once, however many receive it.
 *
 * The slots are filled by the transports that need them (bench: broadcast).
 */
export class Frame {
  // Declared, and set by the constructor: fields would cost a call more for each frame (bench: echo).
  declare readonly text: string
  /** As the bytes of a websocket frame. */
  declare websocket: string | undefined
  /** As a literal in a script, for jsonp-polling. */
  declare script: string | undefined
  /** As a block of htmlfile's page. */
  declare block: string | undefined

  constructor(text: string) {
    this.text = text
    this.websocket = undefined
    this.script = undefined
    this.block = undefined
  }
}

// The same for every socket: made once, as what transports make of it is (bench: heartbeat).
const heartbeat = new Frame('2::')

/** How packets become frames for all clients of 0.9. */
export class FrameWire {
  readonly #json: JsonCodec | undefined

  constructor(json?: JsonCodec) {
    this.#json = json
  }

  /** @throws whatever `json.stringify` throws. */
  encode(packet: Packet): Frame {
    if (packet.type === 'heartbeat' && packet.endpoint === '' && packet.id === undefined) return heartbeat
    return new Frame(encodePacket(packet, this.#json))
  }

  sizeOf({ text }: Frame): number {
    return text.length
  }
}

/** Several frames as one polling body; one travels bare. */
export function payloadOf(frames: readonly Frame[]): string {
  return frames.length === 1 ? (frames[0] as Frame).text : joinPayload(frames.map(({ text }) => text))
}
