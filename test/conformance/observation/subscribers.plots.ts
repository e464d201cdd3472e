// Owns: the applications of subscribers.test.ts, each in a process of its own.
import diagnostics from 'node:diagnostics_channel'
import { BaseNamespace, channels, RoomsMixin } from '../../../lib/index.js'
import type { Plot, Stage } from '../../support/survivor-server.js'

class Chat extends RoomsMixin(BaseNamespace) {
  override async recv_connect() {
    await this.join('lobby')
  }
  on_fail() {
    throw new Error('failed')
  }
  async on_say() {
    await Promise.resolve()
    return 'said'
  }
}

function names(): string[] {
  const { handler, connect, ...others } = channels
  const parts = ['start', 'end', 'asyncStart', 'asyncEnd', 'error']
  return [
    ...Object.values(others),
    ...[handler, connect].flatMap((name) => parts.map((part) => `tracing:${name}:${part}`)),
  ]
}

/** Every subscriber throws, and the process goes on by its own will. */
export function goesOn({ note, noteErrors }: Stage): Plot {
  const thrown = new Set<string>()
  process.on('uncaughtException', (error) => {
    thrown.add(error.message)
  })
  for (const name of names()) {
    diagnostics.subscribe(name, () => {
      throw new Error(name)
    })
  }
  return {
    namespaces: { '/chat': Chat },
    options: { errorHandler: noteErrors },
    commands: {
      stats: (io) => {
        const { sockets, namespaces, backlog, paused, acksPending, byTransport } = io.stats()
        note(
          `stats ${JSON.stringify({ sockets, chat: namespaces['/chat'], backlog, paused, acksPending, websocket: byTransport.websocket })}`,
        )
      },
      thrown: () => {
        note(`thrown ${[...thrown].toSorted().join(' ')}`)
      },
      broadcast: (io) => {
        io.of('/chat').emit('hello')
      },
    },
  }
}

/** One subscriber throws, and nobody keeps the process. */
export function ends(): Plot {
  diagnostics.subscribe(channels.roomJoin, () => {
    throw new Error('a subscriber of the application has thrown')
  })
  return { namespaces: { '/chat': Chat } }
}
