// Owns: a numbered stream to a client whose connections break a few times on the way.
import type { Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { BaseNamespace, type Options } from '../../../lib/index.js'
import { within } from '../../support/journal.js'
import { reset } from '../../support/reset.js'
import { startServer } from '../../support/server.js'

/** How often the client is to come back before the stream ends. */
const returns = 3

class Feed extends BaseNamespace {
  on_start(): void {
    this.spawn(async () => {
      let n = 0
      while (this.server.stats().resumed < returns) {
        this.emit('tick', n++)
        await this.sleep(2)
      }
      for (let last = 0; last < 50; last++) this.emit('tick', n++)
      this.emit('over', n)
    })
  }
}

export interface StreamClient {
  on(event: string, listener: (n: number) => void): void
  emit(event: string): void
  next(event: string): Promise<unknown>
}

export interface Stream {
  readonly heard: readonly number[]
  /** What was sent. */
  readonly all: readonly number[]
}

// A client whose websocket breaks when it has just paused its polling for it notices that by its pings alone, in engine.io-client of
// all versions. What is sent until then is kept.
const soonNoticed: Options = {
  recovery: { maxBytes: 5_000_000 },
  maxBufferedPackets: 100_000,
  pingInterval: 200,
  pingTimeout: 1_000,
}

export async function stream(
  t: TestContext,
  open: (url: string) => StreamClient,
  options: Options = {},
): Promise<Stream> {
  const { io, server, url } = await startServer(t, { '/feed': Feed }, { ...soonNoticed, ...options })
  const connections = new Set<Socket>()
  server.on('connection', (connection) => {
    connections.add(connection)
    connection.on('close', () => connections.delete(connection))
  })
  const client = open(`${url}/feed`)
  const heard: number[] = []
  client.on('tick', (n: number) => heard.push(n))
  const over = client.next('over') as Promise<number>
  await client.next('connect')
  client.emit('start')
  const cutter = setInterval(() => {
    if (io.stats().resumed < returns) for (const connection of connections) reset(connection)
  }, 130)
  t.after(() => {
    clearInterval(cutter)
  })
  const sent = await within('the end of a stream', over, 60_000)
  return { heard, all: Array.from({ length: sent }, (_, n) => n) }
}
