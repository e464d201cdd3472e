// Owns: the servers that are measured: what each is, and which wire it is loaded over.
import type { WireName } from './load/wires.js'
import type { ServerOptions } from './servers/host.js'

export type Way = 'websocket' | 'polling'

/**
 * What stands between a client and its namespace.
 *
 * app: an Express app, which has nothing else. beside: nothing, by `io.attach(server, { via })`. session: cookie-parser and
 * express-session, in front of Socket.IO's engine as well. session beside: the two in a small app of Connect's, by `via`.
 * cluster: an Express app in each of two processes, joined by a Redis.
 */
export type Setting = 'app' | 'beside' | 'session' | 'session beside' | 'cluster'

export interface Peer {
  readonly name: string
  /** The module in servers/. */
  readonly server: string
  readonly wire: WireName
  readonly ways: readonly Way[]
  /** How it is set up; not measured in a setting that is missing. */
  readonly options: Readonly<Partial<Record<Setting, ServerOptions>>>
}

export const ours = ['ours, 0.9 clients', 'ours, 4 clients'] as const
export const socketIo = 'socket.io 4'
export const bare = { websocket: 'ws', polling: 'node:http' } as const

const ourOptions: Peer['options'] = {
  app: { face: 'express' },
  beside: { face: 'beside' },
  session: { face: 'express', hasSession: true },
  'session beside': { face: 'beside', hasSession: true },
  cluster: { face: 'express' },
}
// It has one way: its engine takes requests before any app does.
const theirOptions: Peer['options'] = {
  app: {},
  beside: {},
  session: { hasSession: true },
  'session beside': { hasSession: true },
  cluster: {},
}
const bareOptions: Peer['options'] = { app: {}, beside: {} }

export const peers: readonly Peer[] = [
  { name: ours[0], server: 'ours', wire: 'v09', ways: ['websocket', 'polling'], options: ourOptions },
  { name: ours[1], server: 'ours', wire: 'v4', ways: ['websocket', 'polling'], options: ourOptions },
  { name: socketIo, server: 'socket-io', wire: 'v4', ways: ['websocket', 'polling'], options: theirOptions },
  { name: bare.websocket, server: 'raw-ws', wire: 'toy', ways: ['websocket'], options: bareOptions },
  { name: bare.polling, server: 'raw-http', wire: 'toy', ways: ['polling'], options: bareOptions },
]
