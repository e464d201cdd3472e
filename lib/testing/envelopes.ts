// Owns: how packets travel on each wire: what stands around them in a websocket and in the body of a request.
// Elsewhere: what they say (speech.ts), who carries them (carriers.ts).
import { joinPayload, splitPayload } from '../wire/v09/payload.js'
import type { Answer, LastRequest } from './door.js'
import type { Frame } from './speech.js'

/** What a unit on the wire means to its carrier. */
export type Unit =
  | { readonly frame: Frame; readonly isLast?: boolean }
  | { readonly reply: Frame }
  | 'close'
  | 'nothing'

export interface Envelope {
  /**
   * Where a client asks for a session by a request of its own; none where the connection itself is the
   * handshake.
   */
  readonly handshake: { readonly websocket: string | undefined; readonly polling: string }
  /** The session id in the first that the server says; undefined when it is something else. */
  sidIn(text: string): string | undefined
  /** Where the client of that session goes on. */
  pathOf(transport: 'websocket' | 'polling', sid: string): string
  wrap(frame: Frame): Frame
  join(frames: readonly Frame[]): string
  split(body: string): Iterable<string>
  read(unit: Frame): Unit
  /** What a client says that gives up its session; nothing where a packet has said it. */
  readonly close: string | undefined
  /** The same by one request, whatever else is on its way. */
  endOf(sid: string): LastRequest
}

export function textOf({ body }: Answer): string {
  return body.toString()
}

export const v09Envelope: Envelope = {
  handshake: { websocket: '/1/', polling: '/1/' },
  sidIn: (text) => /^([^:]+):\d*:\d*:/.exec(text)?.[1],
  pathOf: (transport, sid) => `/1/${transport === 'websocket' ? transport : 'xhr-polling'}/${sid}`,
  wrap: (frame) => frame,
  join: (frames) => joinPayload(frames as readonly string[]),
  split: (body) => splitPayload(body),
  read(unit) {
    if (unit === '2::') return { reply: '2::' }
    // With its own disconnect, or with word that nobody knows its session any more, the server has said all.
    return unit === '8::' ? 'nothing' : { frame: unit, isLast: unit === '0::' || unit.slice(0, 5) === '7:::1' }
  },
  close: undefined,
  endOf: (sid) => ({ path: `/1/xhr-polling/${sid}/?disconnect=1` }),
}

// What stands between the packets of one body.
const separator = '\u001e'

export const v4Envelope: Envelope = {
  handshake: { websocket: undefined, polling: '/?EIO=4&transport=polling' },
  sidIn: (text) => /^0\{"sid":"([^"]+)"/.exec(text)?.[1],
  pathOf: (transport, sid) => `/?EIO=4&transport=${transport}${sid === '' ? '' : `&sid=${sid}`}`,
  wrap: (frame) => (typeof frame === 'string' ? `4${frame}` : frame),
  join: (frames) => frames.map((frame) => (typeof frame === 'string' ? frame : base64(frame))).join(separator),
  split: (body) => (body === '' ? [] : body.split(separator)),
  read(unit) {
    if (typeof unit !== 'string') return { frame: unit }
    switch (unit[0]) {
      case '4':
        return { frame: unit.slice(1) }
      case 'b':
        return { frame: Buffer.from(unit.slice(1), 'base64') }
      case '2':
        return { reply: '3' }
      case '1':
        return 'close'
      default:
        return 'nothing'
    }
  },
  close: '1',
  endOf: (sid) => ({ path: v4Envelope.pathOf('polling', sid), body: '1' }),
}

function base64(bytes: Buffer): string {
  return `b${bytes.toString('base64')}`
}
