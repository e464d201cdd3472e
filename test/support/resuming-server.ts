// Owns: a server whose clients are resumed after a lost connection, behind a line that a test breaks; what its namespaces see of it.
// Elsewhere: the line (breaking-line.ts), the clients (client-4.ts).
import type { TestContext } from 'node:test'
import {
  BaseNamespace,
  BroadcastMixin,
  RoomsMixin,
  type NamespaceDeclarations,
  type Options,
  type SocketioMiddleware,
} from '../../lib/index.js'
import { BreakingLine } from './breaking-line.js'
import { Journal } from './journal.js'
import { ResumingPeer, type Confirmation } from './resuming-peer.js'
import { startServer } from './server.js'

/** What a namespace sees, such as `suspended transport close`. */
export class Life extends Journal<string> {
  /** The namespace that was connected last. */
  newest: BaseNamespace | undefined

  /** Waits until an entry has come so many times. */
  async has(entry: string, times = 1): Promise<void> {
    for (let count = 1; ; count++) {
      const entries = await this.until(count)
      if (entries.filter((each) => each === entry).length >= times) return
    }
  }

  /** How many times an entry has come. */
  count(entry: string): number {
    return this.entries.filter((each) => each === entry).length
  }
}

/** A namespace that notes its life, and says back what it is told. */
export function noting(life: Life) {
  return class Noting extends RoomsMixin(BroadcastMixin(BaseNamespace)) {
    override recv_connect(): unknown {
      life.note('connect')
      life.newest = this
      return undefined
    }
    override recv_suspend(reason: string): unknown {
      life.note(`suspended ${reason}`)
      return undefined
    }
    override recv_resume(_request: object, _auth: unknown): unknown {
      life.note('resumed')
      return undefined
    }
    override recv_disconnect(...args: Parameters<BaseNamespace['recv_disconnect']>): unknown {
      life.note(`disconnect ${String(args.at(-1))}`)
      return super.recv_disconnect(...args)
    }
    on_join(room: string) {
      return this.join(room).then(() => 'joined')
    }
    on_echo(value: unknown) {
      return [value]
    }
  }
}

/** The same, with a handler of `work` that ends when the function is called that it adds to a list. */
export function stalling(life: Life, works: (() => void)[]) {
  return class extends noting(life) {
    on_work() {
      return new Promise<void>((resolve) => {
        works.push(resolve)
      })
    }
  }
}

export interface ResumingServer {
  readonly io: SocketioMiddleware
  readonly life: Life
  readonly line: BreakingLine
  /** Without the line between. */
  readonly url: string
}

/** Starts a server with `/chat` and `''`, or with namespaces of the test's own. */
export async function startResuming(
  t: TestContext,
  options: Options = {},
  namespaces?: (life: Life) => NamespaceDeclarations,
): Promise<ResumingServer> {
  const life = new Life()
  const declared = namespaces?.(life) ?? { '': BaseNamespace, '/chat': noting(life) }
  const { io, port, url } = await startServer(t, declared, { recovery: true, ...options })
  return { io, life, line: await BreakingLine.open(t, port), url }
}

/** A client that enters these namespaces and loses its connection: gives what each of its connects was answered. */
export async function lostFrom<const Endpoints extends readonly string[]>(
  t: TestContext,
  { life, url }: Pick<ResumingServer, 'life' | 'url'>,
  ...endpoints: Endpoints
): Promise<{ readonly [Index in keyof Endpoints]: Confirmation }> {
  const lost = life.count('suspended transport close')
  const peer = await ResumingPeer.open(t, url)
  const answers: Confirmation[] = []
  for (const endpoint of endpoints) answers.push((await peer.connect(endpoint)).data)
  peer.cut()
  await life.has('suspended transport close', lost + endpoints.length)
  return answers as { readonly [Index in keyof Endpoints]: Confirmation }
}

/** A server with `/a` and `/b`, and a client that was lost from both. */
export async function awayFromTwo(t: TestContext, options: Options = {}) {
  const { io, life, url } = await startResuming(t, options, (noted) => ({ '/a': noting(noted), '/b': noting(noted) }))
  const [a, b] = await lostFrom(t, { life, url }, '/a', '/b')
  return { io, life, url, a, b }
}
