// Owns: several namespaces on one connection, and who is refused.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace, ConnectError } from '../../../lib/index.js'
import { Journal } from '../../support/journal.js'
import type { Row } from './row.js'

class Named extends BaseNamespace {
  override recv_message(data: string): void {
    this.send(`${this.nsName} got ${data}`)
  }

  on_name(): string {
    return this.nsName
  }

  on_query(): unknown {
    return this.environ.query.token
  }
}

class Private extends BaseNamespace {
  override recv_connect(): void {
    throw new ConnectError('members only', { code: 7 })
  }
}

const quietly = { errorHandler: () => {} }

export function endpointsSuite(row: Row): void {
  test(`${row.name}: namespaces of one connection hear only what is theirs`, async (t) => {
    const { client } = await row.open(t, { '': Named, '/chat': Named, '/news': Named })
    const heard = await client.run(async ({ connect, next, ask, listen, heard: all }) => {
      const root = connect()
      const chat = root.of('/chat')
      const news = root.of('/news')
      await Promise.all([next(root, 'connect'), next(chat, 'connect'), next(news, 'connect')])
      for (const socket of [root, chat, news]) listen(socket, 'message')
      chat.send('one')
      news.send('two')
      root.send('three')
      const names = await Promise.all([ask(root, 'name'), ask(chat, 'name'), ask(news, 'name')])
      return [...names.flat(), ...all.map(([, text]) => text)]
    })
    assert.deepEqual(heard.slice(0, 3), ['', '/chat', '/news'])
    assert.deepEqual(new Set(heard.slice(3)), new Set(['/chat got one', '/news got two', ' got three']))
  })

  test(`${row.name}: the query of the client's URL is in the environ`, async (t) => {
    const { client } = await row.open(t, { '/chat': Named })
    const answer = await client.run(({ connect, ask }) => ask(connect('/chat?token=a%20b'), 'query'))
    assert.deepEqual(answer, ['a b'])
  })

  test(`${row.name}: a namespace whose recv_connect throws fails to connect, and the others live`, async (t) => {
    const { client } = await row.open(t, { '/private': Private, '/chat': Named })
    const { event, args } = row.words.refused('members only', { code: 7 })
    const outcome = await client.run(async ({ connect, next, ask }, refusal) => {
      const refused = connect('/private')
      const reason = await next(refused, refusal)
      return [reason, await ask(refused.of('/chat'), 'name')]
    }, event)
    assert.deepEqual(outcome, [args, ['/chat']])
  })

  test(`${row.name}: a namespace that is not declared says so`, async (t) => {
    const { client } = await row.open(t, { '/chat': Named })
    const { event, args } = row.words.unknown('/ghost')
    const outcome = await client.run(async ({ connect, next, ask }, refusal) => {
      const ghost = connect('/ghost')
      const error = await next(ghost, refusal)
      return [error, await ask(ghost.of('/chat'), 'name')]
    }, event)
    assert.deepEqual(outcome, [args, ['/chat']])
  })

  test(`${row.name}: a client that authorize refuses gets an error and no connection`, async (t) => {
    const { client } = await row.open(t, { '': Named }, { authorize: () => false })
    const { event, args } = row.words.unauthorized(row.firstTransport)
    const outcome = await client.run(async ({ connect, next, listen, heard }, refusal) => {
      const socket = connect('', { reconnection: false })
      listen(socket, 'connect')
      return [await next(socket, refusal), heard, socket.socket.connected]
    }, event)
    assert.deepEqual(outcome, [args, [], false])
  })

  test(`${row.name}: a handler that throws is told as the event error, and the next one runs`, async (t) => {
    class Failing extends Named {
      on_fail(): never {
        throw new Error('secret')
      }
    }
    const told = new Journal<string>()
    const { client } = await row.open(
      t,
      { '/failing': Failing },
      {
        errorHandler: (socket, name, message, endpoint) => {
          told.note(name)
          socket?.sendPacket({ type: 'event', endpoint, name: 'error', args: [name, message] })
        },
      },
    )
    const outcome = await client.run(async ({ connect, next, ask }) => {
      const socket = connect('/failing')
      socket.emit('fail')
      return [await next(socket, 'error'), await ask(socket, 'name')]
    })
    assert.deepEqual(outcome, [['handler_failed', 'The method "on_fail" failed'], ['/failing']])
    assert.deepEqual(told.entries, ['handler_failed'])
  })

  test(`${row.name}: leaving one namespace ends that one only`, async (t) => {
    const reasons = new Journal<string>()
    class Left extends Named {
      override recv_disconnect(reason: string): void {
        reasons.note(`${this.nsName}: ${reason}`)
        this.disconnect(true)
      }
    }
    const { client } = await row.open(t, { '/chat': Left, '/news': Left }, quietly)
    const name = await client.run(async ({ connect, next, ask }) => {
      const chat = connect('/chat')
      const news = chat.of('/news')
      await Promise.all([next(chat, 'connect'), next(news, 'connect')])
      chat.disconnect()
      return ask(news, 'name')
    })
    assert.deepEqual(await reasons.until(1), ['/chat: client namespace disconnect'])
    assert.deepEqual(name, ['/news'])
  })

  test(`${row.name}: a namespace that the server ends hears of it, and the others live`, async (t) => {
    class Kicking extends Named {
      on_kick(): void {
        this.disconnect()
      }
    }
    const { client } = await row.open(t, { '/chat': Kicking, '/news': Named })
    const outcome = await client.run(async ({ connect, next, ask }) => {
      const chat = connect('/chat')
      const news = chat.of('/news')
      await Promise.all([next(chat, 'connect'), next(news, 'connect')])
      chat.emit('kick')
      await next(chat, 'disconnect')
      return [await ask(news, 'name'), chat.socket.connected]
    })
    assert.deepEqual(outcome, [['/news'], true])
  })
}
