// Owns: what each wire puts into a packet, and what is heard in one of the server's, without decoding more than that.
// Elsewhere: how packets travel (websocket-client.ts, polling-client.ts).

/** A number is the id of an ack. */
export type Heard = 'opened' | 'entered' | 'event' | 'ping' | 'refused' | 'other' | number

export interface Wire {
  /** Where a websocket opens, and where polling begins; 0.9 shakes hands at the latter in both cases. */
  readonly websocketPath: (sid: string) => string
  readonly pollingPath: (sid?: string) => string
  /** Finds the session id in the answer to the first request. */
  readonly readSid: (body: string) => string
  readonly hasHandshake: boolean
  /** Whether the server speaks first, and the namespace is asked for then. */
  readonly greets: boolean
  readonly enter: string
  readonly pong: string
  readonly echo: (id: number) => string
  readonly join: (id: number, room: string) => string
  readonly say: (room: string) => string
  /** What the server must answer to `echo`, and send to everybody after `say`. */
  readonly echoed: (id: number) => string
  readonly said: (room: string) => string
  readonly hear: (text: string) => Heard
}

const text = JSON.stringify('abcdefghijklmnopqrstuvwxyz012345')

/** The number of the ack that starts behind `from`, or NaN. */
const numberAt = (packet: string, from: number): number => Number.parseInt(packet.slice(from, from + 10), 10)

const v09: Wire = {
  websocketPath: (sid) => `/socket.io/1/websocket/${sid}`,
  pollingPath: (sid) => (sid === undefined ? '/socket.io/1/' : `/socket.io/1/xhr-polling/${sid}`),
  readSid: (body) => body.slice(0, body.indexOf(':')),
  hasHandshake: true,
  greets: true,
  enter: '1::/chat',
  pong: '2::',
  echo: (id) => `5:${id}+:/chat:{"name":"echo","args":[${text}]}`,
  join: (id, room) => `5:${id}+:/chat:{"name":"join","args":["${room}"]}`,
  say: (room) => `5::/chat:{"name":"say","args":["${room}",${text}]}`,
  echoed: (id) => `6::/chat:${id}+[${text}]`,
  said: () => `5::/chat:{"name":"say","args":[${text}]}`,
  hear(packet) {
    switch (packet[0]) {
      case '1':
        return packet === '1::/chat' ? 'entered' : 'opened'
      case '2':
        return 'ping'
      case '5':
        return 'event'
      case '6':
        return numberAt(packet, '6::/chat:'.length)
      case '0':
      case '7':
        return 'refused'
      default:
        return 'other'
    }
  },
}

const v4: Wire = {
  websocketPath: () => '/socket.io/?EIO=4&transport=websocket',
  pollingPath: (sid) => `/socket.io/?EIO=4&transport=polling${sid === undefined ? '' : `&sid=${sid}`}`,
  readSid: (body) => (JSON.parse(body.slice(1)) as { sid: string }).sid,
  hasHandshake: false,
  greets: true,
  enter: '40/chat,',
  pong: '3',
  echo: (id) => `42/chat,${id}["echo",${text}]`,
  join: (id, room) => `42/chat,${id}["join","${room}"]`,
  say: (room) => `42/chat,["say","${room}",${text}]`,
  echoed: (id) => `43/chat,${id}[${text}]`,
  said: () => `42/chat,["say",${text}]`,
  hear(packet) {
    switch (packet.slice(0, 2)) {
      case '40':
        return 'entered'
      case '41':
      case '44':
      case '1':
        return 'refused'
      case '42':
        return 'event'
      case '43':
        return numberAt(packet, '43/chat,'.length)
      default:
        return packet[0] === '0' ? 'opened' : packet[0] === '2' ? 'ping' : 'other'
    }
  },
}

// As long as those of Socket.IO 4, so that frames are of the same size.
const toy: Wire = {
  websocketPath: () => '/raw',
  pollingPath: (sid = '') => `/raw/${sid}`,
  readSid: (body) => body,
  hasHandshake: false,
  greets: false,
  enter: 'c',
  pong: '',
  echo: (id) => `e${id}|/chat,"echo",${text}`,
  join: (id, room) => `j${id}|${room}`,
  say: (room) => `s${room}|/chat,"say",${text}`,
  echoed: (id) => `e${id}|/chat,"echo",${text}`,
  said: (room) => `s${room}|/chat,"say",${text}`,
  hear(packet) {
    switch (packet[0]) {
      case 'c':
        return 'entered'
      case 's':
        return 'event'
      case 'e':
      case 'j':
        return numberAt(packet, 1)
      default:
        return 'other'
    }
  },
}

export const wires = { v09, v4, toy } as const

export type WireName = keyof typeof wires
