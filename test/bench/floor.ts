// Owns: where the cost of a connect lies: ours without any app, in Connect and in Express, and beside an app, each without and with
// sessions; beside the bare server and Socket.IO 4.
// Elsewhere: the ratios that everybody compares (scenarios.ts).
import type { Child } from './child.js'
import type { Plan } from './load/scenario.js'
import { bare, ours, peers, socketIo, type Peer } from './peers.js'
import type { Result } from './result.js'
import { measure } from './rounds.js'
import type { ServerOptions } from './servers/host.js'

const faces = ['bare', 'connect', 'express', 'beside'] as const
const plan: Plan = { clients: 100, slices: 8, sliceMs: 0, warmMs: 1500 }

const peerOf = (name: string): Peer => peers.find((peer) => peer.name === name) as Peer

interface Row {
  readonly row: string
  readonly peer: Peer
  readonly options: ServerOptions
}

function rowsOf(name: string, hasSession: boolean): Row[] {
  const peer = peerOf(name)
  // Without sessions the middleware itself serves what is beside the app.
  return faces
    .filter((face) => !hasSession || face !== 'bare')
    .map((face) => ({ row: `${name}, ${face}`, peer, options: { face, hasSession } }))
}

/** The results of one round: those of each generation of clients apart, and of sessions. */
export async function runFloor(load: Child, round: number): Promise<Map<string, Result[]>> {
  const tables = new Map<string, Result[]>()
  for (const name of ours) {
    for (const hasSession of [false, true]) {
      const title = `connect, ${name.replace('ours, ', '')}${hasSession ? ', sessions' : ''}`
      const theirs = { row: socketIo, peer: peerOf(socketIo), options: { hasSession } }
      const floor = { row: bare.websocket, peer: peerOf(bare.websocket), options: {} }
      const scenario = { name: title, work: 'a connection', unit: 'µs', way: 'websocket', does: 'connect' } as const
      tables.set(title, await measure(load, scenario, plan, round, [theirs, floor, ...rowsOf(name, hasSession)]))
    }
  }
  return tables
}
