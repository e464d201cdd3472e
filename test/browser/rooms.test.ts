// Owns: one room with tabs on every transport in it, and a client in Node.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace, RoomsMixin } from '../../lib/index.js'
import { openPage, shareBrowser } from '../support/chromium.js'
import { nodeClient } from '../support/node-client.js'
import { startRestartable } from '../support/restartable.js'

class Chat extends RoomsMixin(BaseNamespace) {
  async on_join(): Promise<void> {
    await this.join('lobby')
  }

  on_say(text: string): void {
    this.emitToRoom('lobby', 'said', this.socket.transport, text)
  }
}

const browser = shareBrowser()
const transports = ['websocket', 'htmlfile', 'xhr-polling', 'jsonp-polling']

test('a word in a room reaches tabs on all four transports and a client in Node', async (t) => {
  const app = await startRestartable(t, { '/chat': Chat }, { serveClient: 'socket.io-client-09' })
  const context = await browser.newContext(t)
  const tabs = await Promise.all(transports.map((transport) => openPage(t, context, app.url, app.url, transport)))
  const clients = [...tabs, nodeClient(t, app.url, 'websocket')]
  const text = '😀 </script> \u2028 a\\/b'
  for (const client of clients) {
    await client.run(async ({ connect, ask, listen }) => {
      const socket = connect('/chat')
      listen(socket, 'said')
      await ask(socket, 'join')
    })
  }
  for (const [speaker, client] of clients.entries()) {
    await client.run(({ socket, heard }, said) => {
      heard.length = 0
      socket.emit('say', said)
    }, text)
    for (const listener of clients.filter((other) => other !== client)) {
      assert.deepEqual(await listener.run(({ hear }) => hear('said')), [transports[speaker] ?? 'websocket', text])
      await listener.run(({ heard }) => {
        heard.length = 0
      })
    }
  }
})
