// Owns: the servers that are measured: what each is, and which wire it is loaded over.
import type { WireName } from './load/wires.js'

export type Way = 'websocket' | 'polling'

export interface Peer {
  readonly name: string
  /** The module in servers/. */
  readonly server: string
  readonly wire: WireName
  readonly ways: readonly Way[]
}

export const ours = ['ours, 0.9 clients', 'ours, 4 clients'] as const
export const socketIo = 'socket.io 4'
export const bare = { websocket: 'ws', polling: 'node:http' } as const

export const peers: readonly Peer[] = [
  { name: ours[0], server: 'ours', wire: 'v09', ways: ['websocket', 'polling'] },
  { name: ours[1], server: 'ours', wire: 'v4', ways: ['websocket', 'polling'] },
  { name: socketIo, server: 'socket-io', wire: 'v4', ways: ['websocket', 'polling'] },
  { name: bare.websocket, server: 'raw-ws', wire: 'toy', ways: ['websocket'] },
  { name: bare.polling, server: 'raw-http', wire: 'toy', ways: ['polling'] },
]
