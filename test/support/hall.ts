// Owns: a hall with clients of several generations in its lobby.
import type { TestContext } from 'node:test'
import { BaseNamespace, RoomsMixin, type Options } from '../../lib/index.js'
import type { EndpointOperator } from '../../lib/rooms/endpoint-operator.js'
import type { Client } from './client-09.js'
import { nodeClient, type Generation } from './node-client.js'
import { startServer } from './server.js'

/** A client: its generation, and how it is carried. */
export type Guest = readonly [generation: Generation, transport: string]

export interface Hall {
  readonly hall: EndpointOperator
  readonly url: string
  readonly clients: readonly Client[]
  /** The public ids of the clients' sockets. */
  readonly ids: readonly string[]
  /** What each has heard when the word `end`, which is sent to all, has come to everyone. */
  readonly heardUntilEnd: () => Promise<unknown[][]>
}

class Lobby extends RoomsMixin(BaseNamespace) {
  async on_join(): Promise<string> {
    await this.join('lobby')
    return this.socket.id
  }

  on_tell(text: string): void {
    this.emitToRoom('lobby', 'said', text)
  }
}

class Other extends BaseNamespace {
  on_present(): boolean {
    return true
  }
}

function enter(client: Client, name: string): Promise<string> {
  return client.run(async ({ connect, ask, listen }, own) => {
    const socket = connect('/hall')
    listen(socket, 'said', 'disconnect')
    socket.on('ask', (text: never, ack: (answer: string) => void) => {
      ack(`${own} ${text as string}`)
    })
    const [id] = await ask(socket, 'join')
    await socket.socket.settled?.()
    return id as string
  }, name)
}

/** All have joined the room `lobby`, answer the event `ask` with their name, and keep what is `said`. */
export async function openHall(t: TestContext, guests: readonly Guest[], options: Options = {}): Promise<Hall> {
  const { io, url } = await startServer(t, { '/hall': Lobby, '/other': Other }, options)
  const clients = guests.map(([generation, transport]) => nodeClient(t, url, transport, generation))
  const ids = await Promise.all(clients.map((client, index) => enter(client, (guests[index] as Guest).join(' '))))
  const hall = io.of('/hall')
  return {
    hall,
    url,
    clients,
    ids,
    heardUntilEnd() {
      hall.emit('said', 'end')
      const heard = clients.map((client) =>
        client.run(async ({ heard: all }) => {
          for (let tries = 0; tries < 3000 && all.at(-1)?.[1] !== 'end'; tries++) {
            await new Promise((resolve) => setTimeout(resolve, 5))
          }
          return all.map(([, ...said]) => said)
        }),
      )
      return Promise.all(heard)
    },
  }
}
