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
import { ResumingPeer } from './resuming-peer.js'
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

/** A server with `/a` and `/b`, and a client of 4 that has been in both and has lost its connection. */
export async function awayFromTwo(t: TestContext, options: Options = {}) {
  const { io, life, url } = await startResuming(t, options, (noted) => ({ '/a': noting(noted), '/b': noting(noted) }))
  const before = await ResumingPeer.open(t, url)
  const [{ data: a }, { data: b }] = [await before.connect('/a'), await before.connect('/b')]
  before.cut()
  await life.has('suspended transport close', 2)
  return { io, life, url, a, b }
}
