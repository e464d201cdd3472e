// Owns: the end of a connection, by the server and by the client.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { BaseNamespace, type NamespaceClass } from '../../../lib/index.js'
import { FakeClock } from '../../support/clock.js'
import { Journal } from '../../support/journal.js'
import type { Row } from './row.js'

/** A namespace that notes what a client says and why it ended. */
export function recorder(journal: Journal<string>): NamespaceClass {
  return class Recorder extends BaseNamespace {
    on_say(text: string): void {
      journal.note(text)
    }

    on_present(): boolean {
      return true
    }

    on_kick(): void {
      this.socket.disconnect()
    }

    override recv_disconnect(reason: string): void {
      journal.note(reason)
      this.disconnect(true)
    }
  }
}

/** Lets hours pass at the server until it has noticed that a polling client is gone. */
export async function passTime(clock: FakeClock, journal: Journal<string>, count: number): Promise<string[]> {
  const noticed = journal.until(count)
  while (journal.entries.length < count) {
    // What the client has closed arrives by way of the event loop; until then the clock may run on freely.
    await delay(5)
    clock.advance(61_000)
  }
  return noticed
}

export function leavingSuite(row: Row): void {
  const losesGoodbye = row.words.generation === '0.9' && row.transport.endsWith('polling')

  test(`${row.name}: a client that the server ends hears of it and does not come back`, async (t) => {
    const journal = new Journal<string>()
    const { client } = await row.open(t, { '': recorder(journal) })
    const outcome = await client.run(async ({ connect, next, listen, heard }) => {
      const socket = connect()
      await next(socket, 'connect')
      listen(socket, 'disconnect', 'reconnecting', 'connect')
      socket.emit('kick')
      await next(socket, 'disconnect')
      // It would begin to reconnect when the listeners have returned.
      await new Promise((resolve) => setTimeout(resolve, 0))
      return [...heard, socket.socket.connected, socket.socket.reconnecting]
    })
    assert.deepEqual(outcome, [['disconnect', row.words.kicked], false, false])
    assert.deepEqual(await journal.until(1), ['server namespace disconnect'])
  })

  // Over htmlfile the client closes its stream while the last POST is on its way: either may arrive first.
  if (row.transport !== 'htmlfile') {
    test(`${row.name}: what a client says right before it disconnects is heard`, async (t) => {
      const journal = new Journal<string>()
      const clock = new FakeClock()
      const { client } = await row.open(t, { '/chat': recorder(journal) }, { clock })
      await client.run(async ({ connect, ask, idle }) => {
        const socket = connect('/chat')
        await ask(socket, 'present')
        await idle(socket)
        socket.emit('say', 'bye')
        socket.socket.disconnect()
      })
      await journal.until(1)
      // The 0.9 client of a polling transport forgets its disconnect packet while a POST is on its way.
      if (losesGoodbye) await passTime(clock, journal, 2)
      const reason = losesGoodbye ? 'close timeout' : 'client namespace disconnect'
      assert.deepEqual(await journal.until(2), ['bye', reason])
    })
  }

  test(`${row.name}: a client that disconnects ends all its namespaces`, async (t) => {
    const journal = new Journal<string>()
    const { client } = await row.open(t, { '/chat': recorder(journal), '/news': recorder(journal) })
    await client.run(async ({ connect, ask, idle }) => {
      const chat = connect('/chat')
      await Promise.all([ask(chat, 'present'), ask(chat.of('/news'), 'present')])
      await idle(chat)
      chat.socket.disconnect()
    })
    const reasons = await journal.until(2)
    const reason = row.transport === 'htmlfile' ? reasons[0] : 'client namespace disconnect'
    assert.deepEqual(reasons, [reason, reason])
    assert.match(String(reason), /^(client namespace disconnect|transport close)$/)
  })
}
