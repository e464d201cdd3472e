// Owns: the real clients of every generation in this process.
import type http from 'node:http'
import { createRequire } from 'node:module'
import type { TestContext } from 'node:test'
import { makeKit, type Client, type ClientLibrary, type Kit } from './client-09.js'
import { adaptModern, type ModernLibrary } from './modern-library.js'

const require = createRequire(import.meta.url)

/** The client's generation: the major version, but for 0.9. */
export const generations = ['0.9', '2', '3', '4'] as const
export type Generation = (typeof generations)[number]

function libraryOf(generation: Generation): ClientLibrary {
  if (generation === '0.9') return require('socket.io-client-09') as ClientLibrary
  if (generation === '2') return adaptModern(withoutWebSocket(() => require('socket.io-client-2') as ModernLibrary))
  return adaptModern(require(`socket.io-client-${generation}`) as ModernLibrary)
}

// From Node 22 on it would take the global one, which has no headers of the test's: no Origin and no cookies.
export function withoutWebSocket<Value>(load: () => Value): Value {
  const own = Object.getOwnPropertyDescriptor(globalThis, 'WebSocket')
  if (own === undefined) return load()
  Reflect.deleteProperty(globalThis, 'WebSocket')
  try {
    return load()
  } finally {
    Object.defineProperty(globalThis, 'WebSocket', own)
  }
}

// Not those of 0.9, which know no agents.
function withAgent(library: ClientLibrary, agent: http.Agent): ClientLibrary {
  const connect = library.connect.bind(library)
  return Object.assign(library, {
    connect: (url: string, options: Record<string, unknown>) => connect(url, { ...options, agent }),
  })
}

/** A client with one transport, or for newer ones with an `upgrade`, gone with its test. */
export function nodeClient(
  t: TestContext,
  url: string,
  transport: string,
  generation: Generation = '0.9',
  agent?: http.Agent,
): Client {
  const library = libraryOf(generation)
  const kit = makeKit(agent === undefined ? library : withAgent(library, agent), url, transport)
  t.after(() => {
    kit.close()
  })
  return {
    async run<Result, Arg>(step: (kit: Kit, arg: Arg) => Result | Promise<Result>, arg?: Arg): Promise<Result> {
      return step(kit, arg as Arg)
    },
  }
}
