// Owns: that a connection in memory carries the same bytes as one of TCP, whoever looks, in both directions.
// Elsewhere: the real clients over either (interop/in-memory.test.ts and its neighbours).
import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import net, { type AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { test } from 'node:test'
import { WebSocket } from 'ws'
import { memoryAgent } from '../../../lib/testing.js'
import { ask } from '../../support/engine-peer.js'
import { Chat, faces, makeApp, quietly, type Face } from './apps.js'

type Open = () => Duplex

/** What went over one connection. */
interface Recorded {
  said: string
  heard: string
  isClosed: boolean
}

class RecordingAgent extends http.Agent {
  readonly connections: Recorded[] = []
  readonly #open: Open

  constructor(open: Open) {
    super({ keepAlive: true })
    this.#open = open
  }

  override createConnection(): Duplex {
    const socket = this.#open()
    const recorded = { said: '', heard: '', isClosed: false }
    this.connections.push(recorded)
    const write = socket.write.bind(socket) as (...args: unknown[]) => boolean
    const push = socket.push.bind(socket)
    Object.assign(socket, {
      // What comes behind an upgrade is given back, and read a second time: here it is seen once.
      push(chunk: Buffer | null) {
        recorded.heard += chunk?.toString('latin1') ?? ''
        return push(chunk)
      },
      write(chunk: string | Buffer, ...rest: unknown[]) {
        recorded.said += Buffer.from(chunk as string).toString('latin1')
        return write(chunk, ...rest)
      },
    })
    socket.on('close', () => {
      recorded.isClosed = true
    })
    return socket
  }
}

async function overTcp(face: Face): Promise<{ open: Open; close: () => void }> {
  const { server } = memoryAgent(makeApp(face, { '': Chat, '/chat': Chat }, quietly).app)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    open: () => net.connect({ port, host: '127.0.0.1' }),
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function inMemory(face: Face): Promise<{ open: Open; close: () => void }> {
  const agent = memoryAgent(makeApp(face, { '': Chat, '/chat': Chat }, quietly).app)
  return {
    open: () => agent.createConnection(),
    close: () => {
      agent.server.close()
      agent.server.closeAllConnections()
    },
  }
}

const base = 'http://memory/socket.io'

async function talk(websocket: WebSocket, ...script: string[]): Promise<void> {
  const heard: string[] = []
  websocket.on('message', (data: Buffer) => heard.push(data.toString()))
  await once(websocket, 'open')
  for (const frame of script) {
    const before = heard.length
    websocket.send(frame)
    while (heard.length === before) await once(websocket, 'message')
  }
  websocket.close()
  await once(websocket, 'close')
}

const scripts: Readonly<Record<string, (agent: RecordingAgent) => Promise<void>>> = {
  'polling of 0.9': async (agent) => {
    const { body } = await ask(`${base}/1/`, { agent })
    const url = `${base}/1/xhr-polling/${body.split(':', 1)[0]}`
    await ask(url, { agent })
    await ask(url, { agent, body: '1::/chat' })
    await ask(url, { agent })
    await ask(url, { agent, body: '5:1+:/chat:{"name":"pair"}' })
    await ask(url, { agent })
    await ask(url, { agent, body: '0::' })
    await ask(url, { agent })
  },
  'a websocket of 0.9': async (agent) => {
    const { body } = await ask(`${base}/1/`, { agent })
    const url = `ws://memory/socket.io/1/websocket/${body.split(':', 1)[0]}`
    await talk(new WebSocket(url, { agent, generateMask }), '1::/chat', '5:1+:/chat:{"name":"list"}')
  },
  'polling of 4': async (agent) => {
    const { body } = await ask(`${base}/?EIO=4&transport=polling`, { agent })
    const url = `${base}/?EIO=4&transport=polling&sid=${/"sid":"([^"]+)/.exec(body)?.[1]}`
    await ask(url, { agent, body: '40/chat,' })
    await ask(url, { agent })
    await ask(url, { agent, body: '42/chat,1["pair"]' })
    await ask(url, { agent })
    await ask(url, { agent, body: '1' })
  },
  'a websocket of 4': async (agent) => {
    const url = 'ws://memory/socket.io/?EIO=4&transport=websocket'
    await talk(new WebSocket(url, { agent, generateMask }), '40/chat,', '42/chat,1["list"]')
  },
  'what is refused': async (agent) => {
    await ask(`${base}/1/websocket/unknown`, { agent })
    await ask(`${base}/?EIO=7`, { agent })
    await ask(`${base}/1/`, { agent, headers: { Origin: 'http://foe.example' } })
    await ask('http://memory/nowhere', { agent })
    const websocket = new WebSocket('ws://memory/socket.io/?EIO=7&transport=websocket', { agent })
    const [, response] = (await once(websocket, 'unexpected-response')) as [unknown, http.IncomingMessage]
    response.resume()
    await once(response, 'end')
  },
}

function generateMask(mask: Buffer): void {
  mask.fill(7)
}

// What is random, or time.
function comparable(connections: readonly Recorded[]): Recorded[] {
  const sids = new Map<string, string>()
  const plain = (text: string): string =>
    text
      .replaceAll(/Date: [^\r]+/g, 'Date: now')
      .replaceAll(/Sec-WebSocket-(?:Key|Accept): [^\r]+/g, 'Sec-WebSocket: random')
      .replaceAll(/(?<![\w-])[\w-]{20}(?![\w-])/g, (sid) => {
        if (!sids.has(sid)) sids.set(sid, `sid ${sids.size + 1}`)
        return sids.get(sid) as string
      })
  return connections.map(({ said, heard, isClosed }) => ({ said: plain(said), heard: plain(heard), isClosed }))
}

async function record(place: { open: Open; close: () => void }, script: (agent: RecordingAgent) => Promise<void>) {
  const agent = new RecordingAgent(place.open)
  await script(agent)
  place.close()
  // Until the ends of all connections have come.
  for (let tries = 0; tries < 200 && agent.connections.some(({ isClosed }) => !isClosed); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  agent.destroy()
  return comparable(agent.connections)
}

for (const face of faces) {
  for (const [name, script] of Object.entries(scripts)) {
    test(`${name} on ${face}: the same bytes in memory as over TCP`, async () => {
      const wanted = await record(await overTcp(face), script)
      const got = await record(await inMemory(face), script)
      assert.ok(wanted.length > 0 && wanted.every(({ said, heard }) => said !== '' && heard !== ''))
      assert.deepEqual(got, wanted)
    })
  }
}
