// Owns: applications whose functions reject, or are not what they should be, each run in a process of its own.
// Elsewhere: what their clients do (rejections.test.ts).
import { Adapter } from 'socket.io-adapter'
import { BaseNamespace, type Options } from '../../lib/index.js'
import type { Plot, PlotMaker, Stage } from '../support/survivor-server.js'

function boom(): Promise<never> {
  return Promise.reject(new Error('on purpose'))
}

/** Every form of a promise that nobody waits for, on one namespace: a client asks for one by its name. */
class Loose extends BaseNamespace {
  on_sleep_then() {
    // oxlint-disable-next-line typescript/no-floating-promises -- the line that must not end the process
    this.sleep(60_000).then(() => this.emit('awake'))
  }
  on_sleep_finally() {
    // oxlint-disable-next-line typescript/no-floating-promises -- the same
    this.sleep(60_000)
      .then(() => 1)
      .finally(() => {})
      .then(() => 2)
  }
  on_sleep_alone() {
    // oxlint-disable-next-line typescript/no-floating-promises -- the same
    this.sleep(60_000)
  }
  on_ask_then() {
    // oxlint-disable-next-line typescript/no-floating-promises -- the same
    this.emitWithAck('question').then(() => this.emit('answered'))
  }
  on_ask_alone() {
    // oxlint-disable-next-line typescript/no-floating-promises -- the same
    this.emitWithAck('question')
  }
  on_ask_timed() {
    // oxlint-disable-next-line typescript/no-floating-promises -- the same
    this.timeout(60_000)
      .emitWithAck('question')
      .then(() => this.emit('answered'))
  }
  on_ask_late() {
    // oxlint-disable-next-line typescript/no-floating-promises -- the same
    this.timeout(1)
      .emitWithAck('question')
      .then(() => this.emit('answered'))
  }
  on_job_done() {
    const job = this.spawn(() => boom())
    // oxlint-disable-next-line typescript/no-floating-promises -- the same
    job.done.then(() => this.emit('done'))
  }
  on_alive() {
    return 'alive'
  }
}

export const loose: PlotMaker = ({ note, noteErrors }) => ({
  namespaces: {
    '/loose': class extends Loose {
      override recv_disconnect(reason: string) {
        note(`ends: ${reason}`)
      }
    },
  },
  options: { errorHandler: noteErrors },
})

/** The application's own mistake behind a promise of ours: reported, and no end of the process. */
export const bugBehindSleep: PlotMaker = ({ noteErrors }) => ({
  namespaces: {
    '/loose': class extends BaseNamespace {
      on_bug() {
        // oxlint-disable-next-line typescript/no-floating-promises -- the line that must not end the process
        this.sleep(1).then(() => {
          throw new Error('a bug')
        })
      }
    },
  },
  options: { errorHandler: noteErrors },
})

/** Awaits what ends with the client, and so is nobody's failure. */
export const awaiting: PlotMaker = ({ note, noteErrors }) => {
  class Awaiting extends BaseNamespace {
    async on_sleep() {
      note('waits')
      await this.sleep(60_000)
    }
    async on_ask() {
      note('waits')
      await this.emitWithAck('question')
    }
    async on_ask_timed() {
      note('waits')
      await this.timeout(60_000).emitWithAck('question')
    }
    on_job() {
      note('waits')
      this.spawn(async () => {
        await this.sleep(60_000)
      })
    }
    override async recv_message() {
      note('waits')
      await this.sleep(60_000)
    }
    override recv_disconnect(reason: string) {
      note(`ends: ${reason}`)
    }
  }
  return { namespaces: { '/await': Awaiting }, options: { errorHandler: noteErrors } }
}

class Failing extends BaseNamespace {
  on_fail() {
    return boom()
  }
  on_say() {
    return 'said'
  }
}

/** Every error handler that there may be. */
const handlers: Readonly<Record<string, unknown>> = {
  'an async function that rejects': boom,
  'a function that throws': () => {
    throw new Error('on purpose')
  },
  'a function that throws nothing': () => {
    // oxlint-disable-next-line typescript/only-throw-error -- whatever is thrown
    throw undefined
  },
  'a thenable that throws': () => ({
    // oxlint-disable-next-line unicorn/no-thenable -- a thenable on purpose
    then() {
      throw new Error('then on purpose')
    },
  }),
  'a promise that rejects late': () => new Promise((_resolve, reject) => setTimeout(reject, 5, new Error('late'))),
}

function withHandler(name: string): PlotMaker {
  return () => ({
    namespaces: { '': Failing, '/chat': Failing },
    options: { errorHandler: handlers[name] as NonNullable<Options['errorHandler']> },
  })
}

export const handlerNames = Object.keys(handlers)
export const handler0 = withHandler(handlerNames[0] as string)
export const handler1 = withHandler(handlerNames[1] as string)
export const handler2 = withHandler(handlerNames[2] as string)
export const handler3 = withHandler(handlerNames[3] as string)
export const handler4 = withHandler(handlerNames[4] as string)

/** Its onLimit is async, and rejects. */
export const limit: PlotMaker = ({ note, noteErrors }) => ({
  namespaces: { '': Failing },
  options: {
    errorHandler: noteErrors,
    rateLimit: {
      events: 2,
      per: 60_000,
      onLimit: async () => {
        note('limited')
        await boom()
      },
    },
  },
})

/** An adapter that hears what others would: `tell` is another process. */
class Hearing extends Adapter {
  static readonly all = new Set<Hearing>()
  constructor(nsp: unknown) {
    super(nsp)
    Hearing.all.add(this)
  }
  hear(event: string, ...args: unknown[]): void {
    const { nsp } = this as unknown as { nsp: { _onServerSideEmit(args: unknown[]): void } }
    nsp._onServerSideEmit([event, ...args])
  }
}

/** Its listeners to other processes fail in each way. */
export const listeners: PlotMaker = ({ note, noteErrors }) => ({
  namespaces: { '': Failing },
  options: { adapter: Hearing, errorHandler: noteErrors },
  begin: (io) => {
    io.sockets.onServerSideEmit('rejects', async () => boom())
    io.sockets.onServerSideEmit('throws', () => {
      throw new Error('on purpose')
    })
    for (const event of ['rejects', 'throws', 'good']) {
      io.sockets.onServerSideEmit(event, () => {
        note(`heard ${event}`)
      })
    }
  },
  commands: Object.fromEntries(
    ['rejects', 'throws', 'good'].map((event) => [
      event,
      () => {
        for (const adapter of Hearing.all) adapter.hear(event)
      },
    ]),
  ),
})

/** Jobs that are none, and jobs whose listeners fail. */
export const jobs: PlotMaker = ({ note, noteErrors }) => {
  class Jobs extends BaseNamespace {
    on_spawn(what: string) {
      const nothings: Readonly<Record<string, unknown>> = { undefined, null: null, text: 'x', object: {}, number: 1 }
      this.spawn(nothings[what] as never)
    }
    on_spawn_on_socket(what: string) {
      const nothings: Readonly<Record<string, unknown>> = { undefined, null: null }
      this.socket.spawn(nothings[what] as never)
    }
    on_listen() {
      this.spawn(async (signal) => {
        signal.addEventListener('abort', () => {
          note('aborted')
          throw new Error('abort listener on purpose')
        })
        signal.addEventListener('abort', async () => {
          note('aborted')
          await boom()
        })
        await this.sleep(60_000)
      })
    }
    on_kill() {
      this.killLocalJobs()
      return 'killed'
    }
    on_kill_one() {
      this.spawn(async (signal) => {
        signal.addEventListener('abort', () => {
          throw new Error('abort listener on purpose')
        })
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
      }).kill()
      return 'killed'
    }
    on_alive() {
      return 'alive'
    }
    override recv_disconnect(reason: string) {
      note(`ends: ${reason}`)
    }
  }
  return { namespaces: { '/jobs': Jobs }, options: { errorHandler: noteErrors } }
}

/** disconnect() in forms that it should not have. */
export const disconnects: PlotMaker = ({ note, noteErrors }: Stage): Plot => {
  const failing = (how: string): Promise<void> => {
    note(`disconnect ${how}`)
    return boom()
  }
  class Field extends BaseNamespace {
    override disconnect = (() => failing('field')) as unknown as BaseNamespace['disconnect']
    override recv_disconnect(reason: string) {
      note(`ends: ${reason}`)
    }
  }
  class Method extends BaseNamespace {
    override disconnect(): void {
      return failing('method') as unknown as undefined
    }
    override recv_disconnect(reason: string) {
      note(`ends: ${reason}`)
    }
  }
  class Throwing extends BaseNamespace {
    override disconnect = () => {
      note('disconnect throwing')
      throw new Error('on purpose')
    }
    override recv_disconnect(reason: string) {
      note(`ends: ${reason}`)
    }
  }
  return {
    namespaces: { '/field': Field, '/method': Method, '/throwing': Throwing },
    options: { errorHandler: noteErrors },
    commands: {
      count: async (io) => {
        const counts = await Promise.all(
          ['/field', '/method', '/throwing'].map(async (name) => (await io.of(name).fetchSockets()).length),
        )
        note(`members ${counts.join()}`)
      },
      kick: (io) => {
        for (const name of ['/field', '/method', '/throwing']) io.of(name).disconnectSockets()
        note('kicked')
      },
    },
  }
}
