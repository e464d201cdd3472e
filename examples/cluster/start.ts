// Owns: three processes, and nginx in front of them: `npx tsx examples/cluster/start.ts`. Redis must be there already.
import { fork, spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

export interface Places {
  /** Where nginx listens. */
  readonly port: number
  /** Where the processes listen that it knows as one, two and three. */
  readonly processPorts: readonly number[]
  readonly redisUrl: string
  readonly nginx?: string
}

const names = ['one', 'two', 'three']

/** Starts everything; `close` ends it, once all clients have been served. */
export async function start({ port, processPorts, redisUrl, nginx = 'nginx' }: Places) {
  const secret = process.env.HANDSHAKE_SECRET ?? randomBytes(32).toString('base64url')
  const folder = mkdtempSync(join(tmpdir(), 'cluster-'))
  // nginx serves as another user when root starts it.
  chmodSync(folder, 0o755)
  const configuration = names.reduce(
    (text, _name, index) =>
      text.replaceAll(new RegExp(`127\\.0\\.0\\.1:${3001 + index}\\b`, 'g'), `127.0.0.1:${processPorts[index]}`),
    readFileSync(join(import.meta.dirname, 'nginx.conf'), 'utf8').replace('127.0.0.1:8080;', `127.0.0.1:${port};`),
  )
  writeFileSync(join(folder, 'nginx.conf'), configuration)

  const children = names.map((name, index) =>
    fork(join(import.meta.dirname, 'server.ts'), {
      execArgv: ['--import', 'tsx'],
      env: {
        ...process.env,
        NAME: name,
        PORT: String(processPorts[index]),
        REDIS_URL: redisUrl,
        HANDSHAKE_SECRET: secret,
      },
    }),
  )
  let proxy: ChildProcess | undefined
  const close = async (): Promise<void> => {
    await Promise.all(children.map(end))
    // Until then clients were served through it.
    if (proxy !== undefined) await end(proxy)
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await Promise.all(children.map(opened))
    proxy = spawn(nginx, ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr', '-g', 'daemon off;'], {
      stdio: 'inherit',
    })
    await Promise.race([listens(port), failed(proxy)])
  } catch (error) {
    await close()
    throw error
  }
  return { url: `http://127.0.0.1:${port}`, close }
}

async function opened(child: ChildProcess): Promise<void> {
  await Promise.race([once(child, 'message'), failed(child)])
}

async function failed(child: ChildProcess): Promise<never> {
  await once(child, 'exit')
  throw new Error(`${child.spawnfile} has ended`)
}

async function listens(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const isThere = await new Promise<boolean>((resolve) => {
      const socket = net.connect(port, '127.0.0.1')
      socket.once('connect', () => {
        resolve(true)
        socket.destroy()
      })
      socket.once('error', () => {
        resolve(false)
      })
    })
    if (isThere) return
    await pause(25)
  }
  throw new Error(`nobody listens on ${port}`)
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill()
  await ended
}

if (process.argv[1] === import.meta.filename) {
  const { url, close } = await start({
    port: 8080,
    processPorts: [3001, 3002, 3003],
    redisUrl: process.env.REDIS_URL ?? 'redis://127.0.0.1:6379',
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void close())
  console.log(`The lobby is at ${url}`)
}
