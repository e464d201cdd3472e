// Owns: proxies that end a connection to the server by a reset, right behind an answer that they have read, as HAProxy does
// when its client closes.
// Elsewhere: clients whose connection is reset before they have read an answer (resets.test.ts).
import assert from 'node:assert/strict'
import net from 'node:net'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { BaseNamespace } from '../../lib/index.js'
import { ask } from '../support/engine-peer.js'
import { within } from '../support/journal.js'
import { faces, startServer } from '../support/server.js'
import { event } from '../support/wire-client.js'

class Chat extends BaseNamespace {
  on_say(text: string) {
    this.emit('said', text)
  }
}

/** What a poll is answered, over a connection that is reset as soon as that has been read. */
async function pollThenReset(port: number, path: string): Promise<string> {
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  socket.on('error', () => {})
  socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n`)
  let answer = ''
  const whole = new Promise<void>((resolve) => {
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text
      const [head = '', body] = answer.split('\r\n\r\n')
      if (body?.length !== Number(/content-length: (\d+)/i.exec(head)?.[1])) return
      socket.resetAndDestroy()
      resolve()
    })
  })
  await within('an answer', whole)
  return answer.slice(answer.indexOf('\r\n\r\n') + 4)
}

for (const face of faces) {
  test(`an answer behind which a proxy resets its connection is not sent again, on ${face}`, async (t) => {
    const server = await startServer(t, { '': Chat }, {}, face)
    const mount = `/socket.io/1`
    const [sid = ''] = (await ask(`${server.url}${mount}/`)).body.split(':')
    const path = `${mount}/xhr-polling/${sid}`
    assert.equal(await pollThenReset(server.port, path), '1::')
    for (const text of ['first', 'second', 'third']) {
      // The reset arrives before what follows.
      await pause(20)
      await ask(`${server.url}${path}`, { body: event('', 'say', text) })
      const expected = JSON.stringify({ name: 'said', args: [text] })
      assert.equal(await pollThenReset(server.port, path), `5:::${expected}`)
    }
  })
}
