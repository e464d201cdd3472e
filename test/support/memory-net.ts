// Owns: servers in memory, for clients that open their connections as they like: those to their ports lead into the test kit.
// Elsewhere: the kit (lib/testing), apps that are stopped and started again (restartable.ts).
import http from 'node:http'
import net from 'node:net'
import { memoryAgent, type MemoryAgent } from '../../lib/testing.js'
import type { Listen } from './restartable.js'

// No port of a system that hands them out is below.
const firstPort = 20
const agents = new Map<number, MemoryAgent>()

/** Serves in memory, on a port that nobody else has. */
export const listenInMemory: Listen = async (listener, port) => {
  const place = port === 0 ? firstPort + agents.size : port
  const agent = memoryAgent(http.createServer(listener))
  agents.set(place, agent)
  return { server: agent.server, port: place }
}

// http.request() asks the global agent, which has kept the function by which it connects; ws asks the module.
const { connect } = net
const { createConnection } = http.globalAgent as unknown as { createConnection: typeof connect }

function diverted(otherwise: typeof connect): typeof connect {
  return function (this: unknown, ...args: unknown[]): net.Socket {
    const agent = agents.get(Number((args[0] as { port?: unknown }).port))
    if (agent !== undefined) return agent.createConnection() as unknown as net.Socket
    return Reflect.apply(otherwise, this, args)
  }
}

net.connect = diverted(connect)
Object.assign(http.globalAgent, { createConnection: diverted(createConnection) })

/** For clients that take an agent: it leads to whoever is on the port of their URL. */
export const netAgent = Object.assign(new http.Agent({ keepAlive: true }), {
  createConnection: (options: { port: number | string }) =>
    (agents.get(Number(options.port)) as MemoryAgent).createConnection(),
})
