// Owns: who may connect to what: io.use(), a recv_connect that fails, and what a client sends along.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace } from '../../../lib/index.js'
import { Journal } from '../../support/journal.js'
import type { Row } from './row.js'

class Named extends BaseNamespace {
  on_name(): string {
    return this.nsName
  }
}

const quietly = { errorHandler: () => {} }

export function admissionSuite(row: Row): void {
  test(`${row.name}: what io.use() refuses is never made, and the client is told why`, async (t) => {
    const made = new Journal<string>()
    class Made extends Named {
      override initialize(): void {
        made.note(this.nsName)
      }
    }
    const { app, client } = await row.open(t, { '/chat': Made, '/vault': Made }, quietly)
    app.io.use((_socket, next, { endpoint }) => {
      if (endpoint === '/vault') next(Object.assign(new Error('locked'), { data: { until: 'noon' } }))
      else next()
    })
    const { event, args } = row.words.refused('locked', { until: 'noon' })
    const outcome = await client.run(async ({ connect, next, ask }, refusal) => {
      const vault = connect('/vault')
      const told = await next(vault, refusal)
      return [told, await ask(vault.of('/chat'), 'name')]
    }, event)
    assert.deepEqual(outcome, [args, ['/chat']])
    assert.deepEqual(made.entries, ['/chat'])
  })

  test(`${row.name}: a recv_connect that fails tells the client no more than that`, async (t) => {
    class Failing extends Named {
      override async recv_connect(): Promise<never> {
        await this.sleep(1)
        throw new Error('secret')
      }
    }
    const { client } = await row.open(t, { '/failing': Failing }, quietly)
    const { event, args } = row.words.failed
    const told = await client.run(({ connect, next }, refusal) => next(connect('/failing'), refusal), event)
    assert.deepEqual(told, args)
  })

  test(`${row.name}: what the client sends with its connect is there as auth`, async (t) => {
    const seen = new Journal()
    class Who extends Named {
      override recv_connect(packet: { auth?: unknown }): void {
        seen.note([packet.auth, this.auth])
      }
    }
    const { client } = await row.open(t, { '/who': Who })
    await client.run(async ({ connect, ask }) => {
      await ask(connect('/who', { auth: { token: 'é😀', list: [1] } }), 'name')
    })
    const auth = row.words.hasAuth ? { token: 'é😀', list: [1] } : undefined
    assert.deepEqual(seen.entries, [[auth, auth]])
  })

  test(`${row.name}: the event message goes to on_message where there is one`, async (t) => {
    const heard = new Journal<string>()
    class Both extends Named {
      override recv_message(text: string): void {
        heard.note(`recv_message ${text}`)
      }

      on_message(text: string): void {
        heard.note(`on_message ${text}`)
      }
    }
    const { client } = await row.open(t, { '/both': Both })
    await client.run(async ({ connect, ask }) => {
      const socket = connect('/both')
      socket.send('sent')
      socket.emit('message', 'emitted')
      await ask(socket, 'name')
    })
    const sent = row.words.generation === '0.9' ? 'recv_message sent' : 'on_message sent'
    assert.deepEqual(heard.entries, [sent, 'on_message emitted'])
  })
}
