// Owns: a server that goes away and comes back on its port.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace, type CloseOptions, type NamespaceDeclarations } from '../../../lib/index.js'
import { Journal } from '../../support/journal.js'
import type { Row } from './row.js'

interface Life {
  readonly global: Journal<string>
  readonly chat: Journal<string>
  readonly namespaces: NamespaceDeclarations
}

// One run of the server: what its namespaces saw.
function newLife(): Life {
  const global = new Journal<string>()
  const chat = new Journal<string>()
  class Saying extends BaseNamespace {
    on_say(text: string): string {
      const journal = this.nsName === '' ? global : chat
      journal.note(text)
      return text
    }
  }
  class Chat extends Saying {
    override recv_connect(): void {
      chat.note('recv_connect')
    }
  }
  return { global, chat, namespaces: { '': Saying, '/chat': Chat } }
}

// A client does not see its htmlfile stream end: silence tells it.
const impatience = { heartbeatInterval: 500, heartbeatTimeout: 3000, pollingDuration: 2000, closeTimeout: 3000 }

const restarts = { 'a restart': undefined, 'a restart in order': { drain: 10_000 } }

export function reconnectingSuite(row: Row): void {
  for (const [restart, closing] of Object.entries(restarts)) restartSuite(row, restart, closing)
}

function restartSuite(row: Row, restart: string, closing: CloseOptions | undefined): void {
  test(`${row.name}: a client comes back after ${restart}, and what it said meanwhile is heard`, async (t) => {
    const before = newLife()
    const { app, client } = await row.open(t, before.namespaces, row.transport === 'htmlfile' ? impatience : {})
    await client.run(async ({ connect, next, ask, listen }) => {
      const root = connect()
      const chat = root.of('/chat')
      await next(chat, 'connect')
      await Promise.all([ask(root, 'say', 'here'), ask(chat, 'say', 'here')])
      listen(root, 'disconnect', 'reconnect')
      listen(chat, 'connect')
    })
    assert.deepEqual(before.chat.entries, ['recv_connect', 'here'])

    await app.stop(closing)
    await client.run(async ({ socket, hear }) => {
      await hear('disconnect')
      for (const text of ['one', 'two', 'three']) {
        socket.emit('say', text)
        socket.of('/chat').emit('say', text)
      }
    })

    const after = newLife()
    await app.start(after.namespaces)
    const [transport] = await client.run(({ hear }) => hear('reconnect'))
    assert.equal(transport, row.firstTransport)
    // Its client sends its queue before it connects to /chat again; the first packet counts as asking.
    assert.deepEqual(await after.global.until(3), ['one', 'two', 'three'])
    assert.deepEqual(await after.chat.until(4), ['recv_connect', 'one', 'two', 'three'])

    const answer = await client.run(async ({ socket, ask, hear, heard }) => {
      await hear('connect')
      const said = await ask(socket.of('/chat'), 'say', 'back')
      return [said, heard.map(([event]) => event)]
    })
    assert.deepEqual(answer, [['back'], ['disconnect', 'reconnect', 'connect']])
    assert.deepEqual(after.chat.entries, ['recv_connect', 'one', 'two', 'three', 'back'])
  })
}
