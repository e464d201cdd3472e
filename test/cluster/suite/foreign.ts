// Owns: everything that a process may find on its channels, and must survive.
import { randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const ofRedisAdapter = createRequire(require.resolve('@socket.io/redis-adapter'))
const { encode } = ofRedisAdapter('notepack.io') as { encode: (value: unknown) => Buffer }

const nsp = '/chat'
const broadcastOptions = { rooms: [], except: [], flags: {} }

// What may stand where a broadcast's packet is expected.
const packets: unknown[] = [
  null,
  5,
  'text',
  {},
  { nsp },
  { nsp, type: 2 },
  { nsp, type: 2, data: 'text' },
  { nsp, type: 2, data: {} },
  { nsp, type: 2, data: [] },
  { nsp, type: 2, data: [null] },
  { nsp, type: 2, data: [{ toString: 1 }, 1] },
  { nsp, type: 0, data: ['said', 'as a connect'] },
  { nsp, type: 1, data: ['said', 'as a disconnect'] },
  { nsp, type: 99, data: ['said', 'as nothing'] },
  { nsp: '/elsewhere', type: 2, data: ['said', 'elsewhere'] },
  { nsp: 5, type: 2, data: ['said', 'a number'] },
]

const options: unknown[] = [
  undefined,
  null,
  5,
  { rooms: 5 },
  { rooms: [], except: 5 },
  { rooms: ['nowhere'], except: [{}] },
]

const bytes: Buffer[] = [
  Buffer.alloc(0),
  Buffer.from([0xc1]),
  Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff]),
  Buffer.from('{'),
  Buffer.from('{}'),
  Buffer.from('[]'),
  Buffer.from('null'),
  Buffer.from('{"type":null}'),
  randomBytes(64),
  ...[null, 5, 'text', [], ['uid'], ['uid', null], {}].map((value) => encode(value)),
]

/** Messages of the Redis adapter's own kind, on its broadcast channel. */
export const broadcasts: Buffer[] = [
  ...bytes,
  ...packets.map((packet) => encode(['foreign', packet, broadcastOptions])),
  ...options.map((opts) => encode(['foreign', { nsp, type: 2, data: ['said', 'without options'] }, opts])),
]

/** On its channels for requests and for responses. */
export const requests: Buffer[] = [
  ...bytes,
  ...Array.from({ length: 11 }, (_, type) => type).flatMap((type) =>
    [
      { type },
      { type, requestId: 'r', uid: 'foreign' },
      { type, requestId: 'r', sid: 'nobody', room: 5 },
      { type, opts: { rooms: 5 } },
      { type, requestId: 'r', opts: { rooms: ['warm'], except: [] }, rooms: 5, data: 5, packet: null },
      { type, requestId: 'r', opts: { rooms: ['warm'], except: [] }, rooms: [5, {}], data: {}, packet: { data: 5 } },
      { type, requestId: 'r', data: [{}], sockets: 5, clientCount: 'many' },
    ].map((request) => Buffer.from(JSON.stringify(request))),
  ),
]

/** What the adapters that share socket.io-adapter's cluster messages may find. */
export const clusterMessages: { uid: string; nsp: string; type: number; data?: unknown }[] = Array.from(
  { length: 15 },
  (_, type) => type,
).flatMap((type) =>
  [
    undefined,
    null,
    5,
    {},
    { requestId: 'r' },
    ...options.map((opts) => ({ opts, packet: { nsp, type: 2, data: ['said', 'without options'] } })),
    // Ending everybody is what an honest message may ask for as well.
    ...(type === 6 ? [] : packets.map((packet) => ({ opts: { rooms: ['warm'], except: [] }, packet, rooms: 5 }))),
    { opts: { rooms: ['warm'], except: [] }, rooms: [5, {}], packet: { type: 2, data: [{}] }, requestId: 'r' },
  ].map((data) => ({ uid: 'foreign', nsp, type, ...(data !== undefined && { data }) })),
)

export const clusterBytes: Buffer[] = [
  ...bytes,
  ...clusterMessages.flatMap((message) => [Buffer.from(JSON.stringify(message)), encode(message)]),
]

/** Entries of a stream. */
export const entries: Record<string, string>[] = [
  { foreign: 'entry' },
  { nsp },
  { nsp, type: 'x', uid: 'foreign' },
  { nsp, type: '3', uid: 'foreign', data: '{' },
  { nsp, type: '3', uid: 'foreign', data: 'not base64 {' },
  ...clusterMessages.map(({ type, data }) => ({
    nsp,
    type: String(type),
    uid: 'foreign',
    ...(data !== undefined && { data: JSON.stringify(data) }),
  })),
]
