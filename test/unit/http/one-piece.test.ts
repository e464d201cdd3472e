// Owns: an answer that has no body is its head alone.
// Elsewhere: bodies that others wait for (../../conformance/faces/body-parsers.test.ts), direct ones (../../conformance/faces/direct-polls.test.ts).
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { BaseNamespace } from '../../../lib/index.js'
import { startServer } from '../../support/server.js'

class Quiet extends BaseNamespace {}

test('a HEAD is answered with a head and nothing behind it', async (t) => {
  const server = await startServer(t, { '': Quiet })
  const connection = connect(server.port, '127.0.0.1')
  await once(connection, 'connect')
  connection.end('HEAD /socket.io/1/xhr-polling/x HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n')
  const answer = await text(connection)
  assert.match(answer, /^HTTP\/1\.1 405 /)
  assert.ok(answer.endsWith('\r\n\r\n'), answer)
})
