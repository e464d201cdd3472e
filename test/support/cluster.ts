// Owns: several processes with one adapter between them, and asking each of them what a test wants done.
// Elsewhere: what runs in each (cluster-server.ts), their clients (cluster-clients.ts).
import { fork, type ChildProcess } from 'node:child_process'
import cluster from 'node:cluster'
import { once } from 'node:events'
import { join } from 'node:path'
import { setupPrimary } from '@socket.io/cluster-adapter'
import type { Options, SocketioMiddleware } from '../../lib/index.js'
import type { ClusterAdapterName } from './cluster-adapters.js'
import { within } from './journal.js'
import type { After } from './redis.js'

/** What a process is told at its start. */
export interface Setup {
  readonly adapter?: ClusterAdapterName | undefined
  /** Of what joins them: Redis, or PostgreSQL. */
  readonly redisUrl: string
  /** A function that makes options, as source text. */
  readonly options?: string
  readonly port?: number
}

/** What its errorHandler heard. */
export interface Report {
  readonly concernsAll: boolean
  readonly name: string
  readonly message: string
  readonly endpoint: string
  readonly code: string | undefined
}

/** What a step has at hand in its process. */
export interface NodeKit {
  readonly io: SocketioMiddleware
  readonly reports: readonly Report[]
  /** What hooks of /slow wait for. */
  readonly waiting: (() => void)[]
  /** Connects so many clients to /chat, in the memory of the process. */
  readonly crowd: (count: number) => Promise<void>
  /** For steps to leave something to later ones. */
  readonly kept: Record<string, unknown>
}

interface Message {
  readonly port?: number
  readonly answers?: number
  readonly result?: unknown
  readonly failure?: string
}

/** One process of a cluster. */
export class ClusterNode {
  readonly url: string
  readonly port: number
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>()
  #steps = 0

  constructor(child: ChildProcess, port: number) {
    this.#child = child
    this.port = port
    this.url = `http://127.0.0.1:${port}`
    child.on('message', ({ answers, result, failure }: Message) => {
      if (answers === undefined) return
      const waiting = this.#waiting.get(answers)
      this.#waiting.delete(answers)
      if (failure === undefined) waiting?.resolve(result)
      else waiting?.reject(new Error(`in process ${child.pid}: ${failure}`))
    })
    child.on('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`process ${child.pid} has ended`))
    })
  }

  /** Runs a step there. It is sent as source text: it may use nothing but its parameters. */
  run<Result>(step: (kit: NodeKit) => Result | Promise<Result>): Promise<Result>
  run<Result, Arg>(step: (kit: NodeKit, arg: Arg) => Result | Promise<Result>, arg: Arg): Promise<Result>
  run<Result, Arg>(step: (kit: NodeKit, arg: Arg) => Result | Promise<Result>, arg?: Arg): Promise<Result> {
    const id = this.#steps++
    const answer = new Promise((resolve, reject) => {
      if (this.#child.exitCode !== null) reject(new Error(`process ${this.#child.pid} has ended`))
      this.#waiting.set(id, { resolve, reject })
      this.#child.send({ id, step: String(step), arg })
    })
    return within(`the answer to ${String(step)}`, answer as Promise<Result>)
  }

  /** Ends it at once: it has no time for a word to anybody. */
  async kill(): Promise<void> {
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await ended
  }

  /** Has it do nothing any more, until it is to go on: it lives, and its connections stay. */
  stop(): void {
    this.#child.kill('SIGSTOP')
  }

  goOn(): void {
    this.#child.kill('SIGCONT')
  }

  /** Whether it has ended: killed, or of itself, by an error that nobody caught. */
  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }
}

export interface ClusterOptions {
  readonly adapter?: ClusterAdapterName
  readonly redisUrl?: string
  /** Runs in each process: it may use nothing from outside. */
  readonly options?: () => Options
  readonly ports?: readonly number[]
}

// Each compiles what it runs, and the machine may be busy.
const startPatienceMs = 60_000

const program = join(import.meta.dirname, 'cluster-server.ts')

/** Starts so many processes; they end with whatever `after` belongs to. */
export async function startCluster(
  after: After,
  count: number,
  { adapter, redisUrl = '', options, ports }: ClusterOptions,
): Promise<ClusterNode[]> {
  const children = Array.from({ length: count }, (_, index) => {
    const port = ports?.[index]
    const setup: Setup = {
      adapter,
      redisUrl,
      ...(options && { options: String(options) }),
      ...(port !== undefined && { port }),
    }
    return start(adapter === 'cluster-adapter', { CLUSTER_SERVER: JSON.stringify(setup) })
  })
  after(async () => {
    await Promise.all(
      children.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return
        const ended = once(child, 'exit')
        child.kill('SIGKILL')
        await ended
      }),
    )
  })
  return Promise.all(
    children.map(async (child) => new ClusterNode(child, await within('a process', opened(child), startPatienceMs))),
  )
}

function start(isWorker: boolean, env: Record<string, string>): ChildProcess {
  if (!isWorker) return fork(program, { execArgv: ['--import', 'tsx'], env: { ...process.env, ...env } })
  // Advanced, or no bytes come through.
  cluster.setupPrimary({ exec: program, execArgv: ['--import', 'tsx'], serialization: 'advanced' })
  if (Object.keys(cluster.workers ?? {}).length === 0) setupPrimary()
  return cluster.fork(env).process
}

async function opened(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => {
      reject(new Error(`a process has ended with ${code} before it listened`))
    })
    child.on('message', ({ port }: Message) => {
      if (port !== undefined) resolve(port)
    })
  })
}
