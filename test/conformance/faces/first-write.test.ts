// Owns: the answer to an upgrade and the first packet behind it are one write.
// Elsewhere: the headers of the 101 (upgrades-express.test.ts).
import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { BaseNamespace } from '../../../lib/index.js'
import { openWebSocket } from '../../support/engine-peer.js'
import { startServer, type TestServer } from '../../support/server.js'
import { openClient } from '../../support/wire-client.js'

class Quiet extends BaseNamespace {}

/** The writes to each connection, in order, as text. */
function writesOf({ server }: TestServer): string[][] {
  const all: string[][] = []
  server.on('connection', (connection: Socket) => {
    const writes: string[] = []
    all.push(writes)
    const write = connection._write.bind(connection)
    const writev = connection._writev?.bind(connection)
    connection._write = (chunk: Buffer | string, encoding, done) => {
      writes.push(chunk.toString())
      write(chunk, encoding, done)
    }
    connection._writev = (chunks, done) => {
      writes.push(chunks.map(({ chunk }) => String(chunk)).join(''))
      writev?.(chunks, done)
    }
  })
  return all
}

test('a 0.9 websocket gets its 101 and the connect in one write', async (t) => {
  const server = await startServer(t, { '': Quiet })
  const all = writesOf(server)
  await openClient(t, server)
  const [first = ''] = all.at(-1) ?? []
  assert.match(first, /^HTTP\/1\.1 101 [^]*\r\n\r\n..1::$/)
})

test('an engine.io websocket gets its 101 and the handshake in one write', async (t) => {
  const server = await startServer(t, { '': Quiet })
  const all = writesOf(server)
  await openWebSocket(t, server.url)
  const [first = ''] = all.at(-1) ?? []
  assert.match(first, /^HTTP\/1\.1 101 [^]*\r\n\r\n..0\{"sid":[^]*\}$/)
})
