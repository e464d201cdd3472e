// Owns: clients with a parser of their own: they are disconnected, and a line says why.
// Elsewhere: packets of the default parser that are malformed (malformed.test.ts).
import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { test } from 'node:test'
import { io as open, type Socket } from 'socket.io-client-4'
import { BaseNamespace } from '../../../lib/index.js'
import { startServer } from '../../support/server.js'

/** As Socket.IO's documentation shows one: JSON, in a text or in bytes. */
function parserOf(encode: (text: string) => unknown): object {
  return {
    Encoder: class {
      encode(packet: unknown): unknown[] {
        return [encode(JSON.stringify(packet))]
      }
    },
    Decoder: class extends EventEmitter {
      add(): void {}
      destroy(): void {}
    },
  }
}

function closeOf({ io }: Socket): Promise<string> {
  return new Promise((resolve) => {
    io.once('close', resolve)
  })
}

test('a client with another parser is disconnected, and one line a minute says why', async (t) => {
  const logged = t.mock.method(console, 'warn', () => {})
  const { url } = await startServer(t, { '': class extends BaseNamespace {} })
  const reasons: unknown[] = []
  for (const parser of [parserOf((text) => text), parserOf((text) => Buffer.from(text))]) {
    for (const transport of ['websocket', 'polling']) {
      const client = open(url, { parser, transports: [transport], forceNew: true, reconnection: false })
      t.after(() => client.disconnect())
      reasons.push(await closeOf(client))
    }
  }
  assert.deepEqual(reasons, ['transport close', 'transport close', 'transport close', 'transport close'])
  assert.deepEqual(
    logged.mock.calls.map(({ arguments: [line] }) => line as string),
    [
      'socketio-middleware: a client of Socket.IO 2 to 4 was disconnected: what it sent is not of the default parser, ' +
        'which it must use (no option parser, no socket.io-msgpack-parser)',
    ],
  )
})

test('a malformed packet of the default parser is no reason for that line', async (t) => {
  const logged = t.mock.method(console, 'warn', () => {})
  const { url } = await startServer(t, { '': class extends BaseNamespace {} })
  const client = open(url, { transports: ['websocket'], forceNew: true, reconnection: false })
  t.after(() => client.disconnect())
  await new Promise<void>((resolve) => {
    client.once('connect', resolve)
  })
  const closed = closeOf(client)
  client.io.engine.write('2{"no":"list"}')
  await closed
  assert.equal(logged.mock.callCount(), 0)
})
