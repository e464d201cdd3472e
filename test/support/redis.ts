// Owns: a Redis of its own for a test file, on 127.0.0.1, that can go away and come back.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import net, { type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { within } from './journal.js'
import { programPath } from './provision.js'

/** A server that joins processes. */
export interface Backplane {
  readonly url: string
  /** Ends it at once, as a crash does: nothing is kept. */
  stop(): Promise<void>
  /** Starts it again on its port. */
  start(): Promise<void>
}

export type Redis = Backplane

/** Whoever ends things: a test, or node:test's own `after` for a whole file. */
export type After = (end: () => unknown) => void

/** For what the tests of a file share, and a hook starts: ended in reverse when they are over. */
export function afterFile(): After {
  const ends: (() => unknown)[] = []
  after(async () => {
    for (const end of ends.toReversed()) await end()
  })
  return (end) => {
    ends.push(end)
  }
}

/** Starts a Redis without persistence; it ends with whatever `after` belongs to. */
export async function startRedis(ending: After): Promise<Redis> {
  const folder = mkdtempSync(join(tmpdir(), 'redis-'))
  const port = await freePort()
  let server: ChildProcess | undefined
  const redis: Redis = {
    url: `redis://127.0.0.1:${port}`,
    async start() {
      const options = [
        '--port',
        String(port),
        '--bind',
        '127.0.0.1',
        '--save',
        '',
        '--appendonly',
        'no',
        '--dir',
        folder,
      ]
      server = spawn(programPath('redis-server'), options, { stdio: ['ignore', 'pipe', 'inherit'] })
      await within('Redis', ready(server))
    },
    async stop() {
      if (server === undefined) return
      const ended = once(server, 'exit')
      server.kill('SIGKILL')
      server = undefined
      await ended
    },
  }
  ending(async () => {
    await redis.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  await redis.start()
  return redis
}

async function ready(server: ChildProcess): Promise<void> {
  let output = ''
  for await (const piece of server.stdout as NodeJS.ReadableStream) {
    output += String(piece)
    if (!output.includes('Ready to accept connections')) continue
    // What it says later is not read, and must not fill the pipe.
    server.stdout?.resume()
    return
  }
  throw new Error(`Redis has not started:\n${output}`)
}

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
