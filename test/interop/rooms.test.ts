// Owns: rooms and broadcasts among real clients on different transports.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { BaseNamespace, BroadcastMixin, RoomsMixin } from '../../lib/index.js'
import type { Client } from '../support/client-09.js'
import { nodeClient } from '../support/node-client.js'
import { startRestartable, type Restartable } from '../support/restartable.js'
import { faces, type Face } from '../support/server.js'

class Chat extends RoomsMixin(BroadcastMixin(BaseNamespace)) {
  async on_join(room: string): Promise<string[]> {
    await this.join(room)
    return [this.socket.id]
  }

  async on_leave(room: string): Promise<void> {
    await this.leave(room)
  }

  // Each is followed by an answer: whoever has that has all that came before it.
  on_to_room(room: string, text: string): void {
    this.emitToRoom(room, 'said', text)
  }

  on_to_all(text: string): void {
    this.broadcastEvent('said', text)
  }

  on_to_others(text: string): void {
    this.broadcastEventNotMe('said', text)
  }
}

async function openChat(t: TestContext, face: Face): Promise<{ app: Restartable; clients: Client[] }> {
  const app = await startRestartable(t, { '/chat': Chat }, {}, face)
  const clients = ['websocket', 'xhr-polling', 'websocket', 'xhr-polling'].map((transport) =>
    nodeClient(t, app.url, transport),
  )
  await Promise.all(
    clients.map((client, index) =>
      client.run(
        async ({ connect, ask, listen }, room) => {
          const socket = connect('/chat')
          listen(socket, 'said')
          await ask(socket, 'join', room)
        },
        index < 2 ? 'lobby' : 'cellar',
      ),
    ),
  )
  return { app, clients }
}

// What each has heard when the word `end`, which is sent to all, has come to everyone.
async function heardUntilEnd(app: Restartable, clients: readonly Client[]): Promise<unknown[][]> {
  app.io.of('/chat').emit('said', 'end')
  const heard = clients.map((client) =>
    client.run(async ({ heard: all }) => {
      for (let tries = 0; tries < 3000 && all.at(-1)?.[1] !== 'end'; tries++) {
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      return all.map(([, text]) => text)
    }),
  )
  return Promise.all(heard)
}

for (const face of faces) {
  test(`on ${face}, a word to a room reaches the others in it, on any transport`, async (t) => {
    const { app, clients } = await openChat(t, face)
    await clients[0]?.run(({ socket, ask }) => {
      socket.emit('to room', 'lobby', 'from websocket')
      return ask(socket, 'leave', 'cellar')
    })
    await clients[1]?.run(({ socket, ask }) => {
      socket.emit('to room', 'lobby', 'from polling')
      return ask(socket, 'leave', 'cellar')
    })
    assert.deepEqual(await heardUntilEnd(app, clients), [
      ['from polling', 'end'],
      ['from websocket', 'end'],
      ['end'],
      ['end'],
    ])
  })

  test(`on ${face}, who has left a room hears no more of it`, async (t) => {
    const { app, clients } = await openChat(t, face)
    await clients[1]?.run(({ socket, ask }) => ask(socket, 'leave', 'lobby'))
    app.io.of('/chat').to('lobby').emit('said', 'to the lobby')
    assert.deepEqual(await heardUntilEnd(app, clients), [['to the lobby', 'end'], ['end'], ['end'], ['end']])
  })

  test(`on ${face}, a broadcast reaches everyone, or everyone else`, async (t) => {
    const { app, clients } = await openChat(t, face)
    await clients[3]?.run(({ socket, ask }) => {
      socket.emit('to all', 'all 😀')
      socket.emit('to others', 'others')
      return ask(socket, 'leave', 'nowhere')
    })
    const others = ['all 😀', 'others', 'end']
    assert.deepEqual(await heardUntilEnd(app, clients), [others, others, others, ['all 😀', 'end']])
  })

  test(`on ${face}, a word from outside reaches rooms but those excepted`, async (t) => {
    const { app, clients } = await openChat(t, face)
    const ids = await clients[2]?.run(({ socket, ask }) => ask(socket, 'join', 'attic'))
    app.io.of('/chat').to(['lobby', 'cellar']).except(String(ids?.[0])).emit('said', 'to most')
    app.io.of('/chat').except('lobby').emit('said', 'below')
    assert.deepEqual(await heardUntilEnd(app, clients), [
      ['to most', 'end'],
      ['to most', 'end'],
      ['below', 'end'],
      ['to most', 'below', 'end'],
    ])
  })
}
