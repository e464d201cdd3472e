// Owns: the newest real client in Chromium, and one room that it shares with a page of the 0.9.17 client.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace, RoomsMixin } from '../../lib/index.js'
import { openPage, shareBrowser } from '../support/chromium.js'
import { startRestartable } from '../support/restartable.js'
import { modernWays } from '../interop/suite/node-rows.js'
import { runModernInPages } from './rows.js'

class Chat extends RoomsMixin(BaseNamespace) {
  async on_join(): Promise<void> {
    await this.join('lobby')
  }

  on_say(text: string): void {
    this.emitToRoom('lobby', 'said', this.socket.protocol, text)
  }
}

const browser = shareBrowser()

for (const way of modernWays) {
  test(`a page of client 4 by ${way} and a page of 0.9 chat in one room`, async (t) => {
    const app = await startRestartable(t, { '/chat': Chat }, { serveClient: 'socket.io-client-4' })
    const old = await startRestartable(t, {}, { serveClient: 'socket.io-client-09' })
    const context = await browser.newContext(t)
    const newer = await openPage(t, context, app.url, app.url, way, { isModern: true })
    const script = { isModern: false, servedBy: old.url }
    const older = await openPage(t, context, app.url, app.url, 'xhr-polling', script)
    for (const client of [newer, older]) {
      await client.run(async ({ connect, ask, listen }) => {
        const socket = connect('/chat')
        listen(socket, 'said')
        await ask(socket, 'join')
        await socket.socket.settled?.()
      })
    }
    await newer.run(({ socket }) => {
      socket.emit('say', 'hello 😀')
    })
    assert.deepEqual(await older.run(({ hear }) => hear('said')), ['4', 'hello 😀'])
    await older.run(({ socket }) => {
      socket.emit('say', 'welcome \u2028 </script>')
    })
    assert.deepEqual(await newer.run(({ hear }) => hear('said')), ['0.9', 'welcome \u2028 </script>'])
  })
}

for (const way of modernWays) runModernInPages(way)
