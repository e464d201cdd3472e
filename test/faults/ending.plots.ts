// Owns: applications whose clients are ended while more waits for them than may, each run in a process of its own.
// Elsewhere: what their clients do (ending.test.ts).
import { BaseNamespace, ConnectError, RoomsMixin } from '../../lib/index.js'
import type { PlotMaker } from '../support/survivor-server.js'
import { LocalOnly } from '../support/plain-adapter.js'

const big = 'x'.repeat(900_000)

function flood(namespace: BaseNamespace, count: number): void {
  for (let sent = 0; sent < count; sent++) namespace.emit('flood', big)
}

/** Nothing but what a name in `socketioMiddleware({})` gives. */
export const empty: PlotMaker = ({ note }) => ({
  namespaces: {},
  commands: {
    count: async (io) => {
      note(`members ${(await io.sockets.fetchSockets()).length}`)
    },
  },
})

/** Sends as much as it is told to, and notes why each of its namespaces ends. */
export const floods: PlotMaker = ({ note }) => {
  class Floods extends BaseNamespace {
    override initialize() {
      note(`begins ${this.nsName}`)
    }
    override recv_disconnect(reason: string) {
      note(`ends ${this.nsName}: ${reason}`)
      super.recv_disconnect(reason as never)
    }
    on_flood(count: number) {
      flood(this, count)
    }
  }
  return { namespaces: { '': Floods } }
}

/** As many places as there are clients. */
export const fewPlaces: PlotMaker = (stage) => ({ ...floods(stage), options: { maxSockets: 9 } })

/** Everyone is in one room, and can be kicked in several ways. */
export const room: PlotMaker = ({ note, noteErrors }) => {
  const members: BaseNamespace[] = []
  class Member extends RoomsMixin(BaseNamespace) {
    override async initialize() {
      members.push(this)
      await this.join('hall')
      note(`joined ${members.length}`)
    }
    override recv_disconnect(reason: string) {
      note(`ends ${members.indexOf(this)} ${this.nsName}: ${reason}`)
      super.recv_disconnect(reason as never)
    }
    on_echo(text: string) {
      this.emit('echo', text)
    }
    on_flood(count: number) {
      flood(this, count)
      note('flooded')
    }
    on_kick(which: number) {
      this.#end('kick', () => members[which]?.socket.disconnect())
    }
    on_leave(which: number) {
      this.#end('leave', () => members[which]?.disconnect())
    }
    #end(how: string, end: () => void) {
      try {
        end()
        note(how === 'kick' ? 'kicked' : 'leaves')
      } catch (error) {
        note(`${how} threw ${String(error)}`)
      }
    }
  }
  return {
    namespaces: { '': Member, '/chat': class extends Member {} },
    options: { errorHandler: noteErrors },
    commands: {
      kickAll: (io) => {
        io.of('').disconnectSockets(true)
        note('kicked all')
      },
      kickRoom: (io) => {
        io.of('').in('hall').disconnectSockets(true)
        note('kicked all')
      },
      endNamespaces: (io) => {
        io.of('/chat').disconnectSockets()
        note('kicked all')
      },
      close: async (io) => {
        await io.close()
        note('closed')
      },
      drain: async (io) => {
        await io.close({ drain: 1000 })
        note('closed')
      },
    },
  }
}

const circular: Record<string, unknown> = {}
circular['self'] = circular

/** What cannot be JSON, by name. */
const unspeakable: Readonly<Record<string, unknown>> = {
  circular,
  bigint: { amount: 10n },
  thrower: {
    toJSON() {
      throw new Error('toJSON on purpose')
    },
  },
}

/** Refuses with data that cannot be sent: in each way in which a connect can be refused. */
export const refusing: PlotMaker = ({ noteErrors }) => {
  const refusal = (kind: string): ConnectError => new ConnectError('no', unspeakable[kind])
  const namespaces = Object.fromEntries(
    Object.keys(unspeakable).flatMap((kind) => [
      [
        `/recv-${kind}`,
        class extends BaseNamespace {
          override recv_connect() {
            throw refusal(kind)
          }
        },
      ],
      [
        `/init-${kind}`,
        class extends BaseNamespace {
          override initialize() {
            throw refusal(kind)
          }
        },
      ],
      [`/use-${kind}`, class extends BaseNamespace {}],
    ]),
  )
  return {
    namespaces,
    options: { errorHandler: noteErrors },
    begin: (io) => {
      io.use((_socket, next, { endpoint }) => {
        const [, kind] = /^\/use-(.*)$/.exec(endpoint) ?? []
        if (kind === undefined) next()
        else next(refusal(kind))
      })
    },
  }
}

/** Its adapters fail for endpoints that end in their name; for others they are in memory. */
export const adapters: PlotMaker = ({ note, noteErrors }) => {
  class Project extends BaseNamespace {
    override recv_connect() {
      note(`connects ${this.nsName}`)
    }
  }
  let isWell = false
  const factory = (nsp: { name: string }): LocalOnly => {
    if (!isWell && nsp.name.endsWith('-throws')) throw new Error('no adapter on purpose')
    if (!isWell && nsp.name.endsWith('-rejects')) return Promise.reject(new Error('on purpose')) as never
    if (!isWell && nsp.name.endsWith('-nothing')) return undefined as never
    if (!isWell && nsp.name.endsWith('-garbage')) return { broadcast: 1 } as never
    return new LocalOnly(nsp)
  }
  return {
    namespaces: new Map([[/^\/project-\w+$/, Project]]),
    options: { adapter: factory, errorHandler: noteErrors },
    commands: {
      heal: () => {
        isWell = true
        note('healed')
      },
    },
  }
}
