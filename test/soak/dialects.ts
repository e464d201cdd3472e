// Owns: what clients of each protocol say, and what they understand: only as much as the soak needs.
// Elsewhere: how it travels (line.ts). Nothing of lib's own: a fault there must not cancel out here.

export type Args = readonly unknown[]

/** What a text from the server means to its client. */
export type Heard =
  | { readonly kind: 'event'; readonly name: string; readonly args: Args }
  | { readonly kind: 'ack'; readonly id: number; readonly args: Args }
  | { readonly kind: 'connected' }
  | { readonly kind: 'ended' }
  | { readonly kind: 'ping'; readonly pong: string }
  | { readonly kind: 'nothing' }

export interface Dialect {
  /** Sent one after the other to get into `/chat`, each when the one before was confirmed; '' waits without a word. */
  readonly connects: readonly string[]
  /** What a client says that leaves. */
  readonly bye: readonly string[]
  /** What a client sends by itself from time to time. */
  readonly ping: string | undefined
  event(id: number, name: string, args: Args): string
  read(text: string): Heard
  join(packets: readonly string[]): string
  split(payload: string): string[]
}

const nothing: Heard = { kind: 'nothing' }

export const v09: Dialect = {
  connects: ['', '1::/chat'],
  bye: ['0::'],
  ping: undefined,
  event: (id, name, args) => `5:${id}+:/chat:${JSON.stringify({ name, args })}`,
  read(text) {
    switch (text[0]) {
      case '0':
      case '7':
        return { kind: 'ended' }
      case '1':
        return { kind: 'connected' }
      case '2':
        return { kind: 'ping', pong: '2::' }
      case '5': {
        const { name, args = [] } = JSON.parse(text.slice(text.indexOf('{'))) as { name: string; args?: Args }
        return { kind: 'event', name, args }
      }
      case '6': {
        const [, id, args = '[]'] = /^6::\/chat:(\d+)(?:\+(.*))?$/s.exec(text) ?? []
        return { kind: 'ack', id: Number(id), args: JSON.parse(args) as Args }
      }
      default:
        return nothing
    }
  },
  join: (packets) =>
    packets.length === 1
      ? (packets[0] as string)
      : packets.map((packet) => `\ufffd${packet.length}\ufffd${packet}`).join(''),
  split: (payload) => (payload.startsWith('\ufffd') ? splitLengths(payload, /\ufffd(\d+)\ufffd/y) : [payload]),
}

/** Socket.IO 3 and 4. */
export const eio4: Dialect = {
  connects: ['40', '40/chat,'],
  // The second is engine.io's, and means something in a POST only: a websocket is closed by its client.
  bye: ['41/chat,', '1'],
  ping: undefined,
  event: modernEvent,
  read: readModern,
  join: (packets) => packets.join('\u001e'),
  split: (payload) => payload.split('\u001e'),
}

/** Socket.IO 2, whose clients ping, and are connected to the global namespace unasked. */
export const eio3: Dialect = {
  ...eio4,
  connects: ['', '40/chat,'],
  ping: '2',
  join: (packets) => packets.map((packet) => `${packet.length}:${packet}`).join(''),
  split: (payload) => splitLengths(payload, /(\d+):/y),
}

function modernEvent(id: number, name: string, args: Args): string {
  return `42/chat,${id}${JSON.stringify([name, ...args])}`
}

function readModern(text: string): Heard {
  if (text === '1') return { kind: 'ended' }
  if (text === '2') return { kind: 'ping', pong: '3' }
  if (text[0] !== '4') return nothing
  switch (text[1]) {
    case '0':
      return { kind: 'connected' }
    case '1':
    case '4':
      return { kind: 'ended' }
    case '2': {
      const [name, ...args] = JSON.parse(text.slice(text.indexOf('['))) as [string, ...unknown[]]
      return { kind: 'event', name, args }
    }
    case '3': {
      const [, id, args = ''] = /^43\/chat,(\d+)(.*)$/s.exec(text) ?? []
      return { kind: 'ack', id: Number(id), args: JSON.parse(args) as Args }
    }
    default:
      return nothing
  }
}

function splitLengths(payload: string, head: RegExp): string[] {
  const packets: string[] = []
  for (let at = 0; at < payload.length;) {
    head.lastIndex = at
    const match = head.exec(payload)
    if (match === null) throw new Error(`expected a length, got ${JSON.stringify(payload.slice(at, at + 40))}`)
    at += match[0].length + Number(match[1])
    packets.push(payload.slice(at - Number(match[1]), at))
  }
  return packets
}
