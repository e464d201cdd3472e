// Owns: namespaces that are declared by a pattern.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Adapter } from 'socket.io-adapter'
import { BaseNamespace, RoomsMixin } from '../../../lib/index.js'
import { Journal } from '../../support/journal.js'
import type { Row } from './row.js'

export function dynamicSuite(row: Row): void {
  test(`${row.name}: a class behind a pattern sees the name that was asked for`, async (t) => {
    const ended = new Journal<string>()
    class Project extends RoomsMixin(BaseNamespace) {
      async on_join(): Promise<string> {
        await this.join('lobby')
        return this.nsName
      }

      override recv_disconnect(): void {
        ended.note(this.nsName)
        this.disconnect(true)
      }
    }
    const freed = new Journal<string>()
    class Watched extends Adapter {
      override close(): void {
        freed.note(this.nsp.name)
      }
    }
    const { app, client } = await row.open(t, new Map([[/^\/project-\d+$/, Project]]), { adapter: Watched })
    const names = await client.run(async ({ connect, ask, listen }) => {
      const first = connect('/project-1')
      const second = first.of('/project-22')
      listen(first, 'said')
      listen(second, 'said')
      return [await ask(first, 'join'), await ask(second, 'join')]
    })
    assert.deepEqual(names, [['/project-1'], ['/project-22']])

    app.io.of('/project-1').to('lobby').emit('said', 'to the first')
    app.io.of('/project-22').to('lobby').emit('said', 'to the second')
    const heard = await client.run(async ({ socket, ask, heard: all }) => {
      await ask(socket, 'join')
      await ask(socket.of('/project-22'), 'join')
      return all
    })
    assert.deepEqual(heard, [
      ['said', 'to the first'],
      ['said', 'to the second'],
    ])

    const { event, args } = row.words.unknown('/project-x')
    const told = await client.run(({ socket, next }, refusal) => next(socket.of('/project-x'), refusal), event)
    assert.deepEqual(told, args)

    await client.run(({ socket }) => {
      socket.of('/project-22').disconnect()
    })
    assert.deepEqual(await ended.until(1), ['/project-22'])
    assert.deepEqual(await freed.until(1), ['/project-22'])
    assert.deepEqual(
      (await app.io.of('/project-1').fetchSockets()).map(({ rooms }) => rooms.has('lobby')),
      [true],
    )
  })
}
