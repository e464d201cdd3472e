// Owns: what only newer clients do: they fall silent towards engine.io, and are kicked namespace by namespace.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace } from '../../../lib/index.js'
import { Journal } from '../../support/journal.js'
import { recorder } from './leaving.js'
import type { Row } from './row.js'

const quietly = { errorHandler: () => {} }

export function modernSuite(row: Row): void {
  test(`${row.name}: a client that answers no pings ends by the heartbeat timeout`, async (t) => {
    const journal = new Journal<string>()
    const { client } = await row.open(t, { '': recorder(journal) }, { pingInterval: 300, pingTimeout: 200 })
    await client.run(async ({ connect, ask }) => {
      const socket = connect('', { reconnection: false })
      await ask(socket, 'present')
      await socket.socket.settled?.()
      socket.socket.fallSilent?.()
    })
    assert.deepEqual(await journal.until(1), ['heartbeat timeout'])
  })

  test(`${row.name}: a client that is kicked hears it in all its namespaces, and does not come back`, async (t) => {
    const journal = new Journal<string>()
    const { client } = await row.open(t, { '': recorder(journal), '/chat': recorder(journal) })
    const outcome = await client.run(async ({ connect, next, ask, listen, heard }) => {
      const root = connect()
      const chat = root.of('/chat')
      await Promise.all([ask(root, 'present'), ask(chat, 'present')])
      listen(root, 'disconnect', 'reconnecting')
      listen(chat, 'disconnect')
      chat.emit('kick')
      await Promise.all([next(root, 'disconnect'), next(chat, 'disconnect')])
      await new Promise((resolve) => setTimeout(resolve, 0))
      return [...heard, root.socket.reconnecting]
    })
    assert.deepEqual(outcome, [['disconnect', 'io server disconnect'], ['disconnect', 'io server disconnect'], false])
    assert.deepEqual(await journal.until(2), ['server namespace disconnect', 'server namespace disconnect'])
  })

  test(`${row.name}: a client that is kicked from a namespace while it opens does not come back either`, async (t) => {
    const opening = new Journal<string>()
    class Slow extends BaseNamespace {
      override recv_connect(): Promise<void> {
        opening.note(this.nsName)
        return this.sleep(60_000)
      }
    }
    const { app, client } = await row.open(t, { '/chat': recorder(new Journal()), '/slow': Slow }, quietly)
    await client.run(async ({ connect, ask, listen }) => {
      const chat = connect('/chat')
      listen(chat, 'disconnect', 'reconnecting')
      await ask(chat, 'present')
      chat.of('/slow')
    })
    await opening.until(1)
    app.io.of('/chat').disconnectSockets(true)
    const outcome = await client.run(async ({ socket, hear, heard }) => {
      await hear('disconnect')
      while (socket.socket.connected) await new Promise((resolve) => setTimeout(resolve, 1))
      await new Promise((resolve) => setTimeout(resolve, 0))
      return [...heard, socket.socket.reconnecting]
    })
    assert.deepEqual(outcome, [['disconnect', 'io server disconnect'], false])
  })

  test(`${row.name}: a namespace that was left is entered again on the same connection`, async (t) => {
    const journal = new Journal<string>()
    class Chat extends BaseNamespace {
      override recv_connect(): void {
        journal.note('recv_connect')
      }

      async on_say(text: string): Promise<void> {
        await this.sleep(5)
        journal.note(text)
      }

      override recv_disconnect(reason: string): void {
        journal.note(reason)
        this.disconnect(true)
      }
    }
    const { app, client } = await row.open(t, { '/chat': Chat, '/stay': BaseNamespace })
    await client.run(async ({ connect, next, ask }) => {
      const chat = connect('/chat')
      await Promise.all([next(chat, 'connect'), next(chat.of('/stay'), 'connect')])
      chat.emit('say', 'before')
      chat.disconnect()
      chat.connect?.()
      await ask(chat, 'say', 'after')
    })
    const reason = 'client namespace disconnect'
    assert.deepEqual(await journal.until(5), ['recv_connect', 'before', reason, 'recv_connect', 'after'])
    assert.equal((await app.io.of('/chat').fetchSockets()).length, 1)
  })

  test(`${row.name}: io.use() that refuses the global namespace keeps it out`, async (t) => {
    const { app, client } = await row.open(t, { '': recorder(new Journal()) }, quietly)
    app.io.use((_socket, next) => {
      next(new Error('closed today'))
    })
    // On 2 it is a member at once, and asked for by its first packet: then its socket ends.
    const isImplied = row.words.generation === '2'
    const told = await client.run(
      ({ connect, next }, event) => {
        const socket = connect()
        socket.emit('say', 'hello')
        return next(socket, event)
      },
      isImplied ? 'disconnect' : 'connect_error',
    )
    assert.deepEqual(told, [isImplied ? 'io server disconnect' : 'closed today'])
  })

  test(`${row.name}: the end of the global namespace is that of the socket only where it is implied`, async (t) => {
    const journal = new Journal<string>()
    const { client } = await row.open(t, { '': Ending, '/chat': recorder(journal) })
    const isImplied = row.words.generation === '2'
    const outcome = await client.run(async ({ connect, next, ask, listen, hear }, isSocketEnding) => {
      const root = connect()
      const chat = root.of('/chat')
      await ask(chat, 'present')
      listen(chat, 'disconnect')
      const ended = next(root, 'disconnect')
      root.emit('end')
      const [reason] = await ended
      return [reason, ...(await (isSocketEnding ? hear('disconnect') : ask(chat, 'present')))]
    }, isImplied)
    const reason = 'io server disconnect'
    assert.deepEqual(outcome, [reason, isImplied ? reason : true])
  })

  test(`${row.name}: a page of a foreign origin is let in only when that is allowed`, async (t) => {
    const { client, app } = await row.open(t, { '': Ending }, { origins: 'https://friend.example' })
    const { event, args } = row.words.unauthorized(row.firstTransport)
    const outcome = await client.run(async ({ connect, next }, refusal) => {
      const foe = { reconnection: false, extraHeaders: { Origin: 'https://foe.example' } }
      const friend = { extraHeaders: { Origin: 'https://friend.example' } }
      const refused = await next(connect('', foe), refusal)
      return [refused, await next(connect('', friend), 'connect')]
    }, event)
    assert.deepEqual(outcome, [args, []])
    assert.equal((await app.io.sockets.fetchSockets()).length, 1)
  })
}

class Ending extends BaseNamespace {
  on_end(): void {
    this.disconnect()
  }
}
