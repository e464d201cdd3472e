// Owns: an answer that has no body is its head alone, and headers that answers have in common are written as Node
// would.
// Elsewhere: bodies that others wait for (../../conformance/faces/body-parsers.test.ts), direct ones (../../conformance/faces/direct-polls.test.ts).
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { commonHeaders } from '../../../lib/http/common-headers.js'
import { endInOnePiece, writeHead } from '../../../lib/http/shortcuts.js'
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

const common = {
  'X-Content-Type-Options': 'nosniff',
  Vary: 'Origin',
  'Access-Control-Allow-Origin': 'https://bücher.example',
}

async function answerOf(prepare: (response: ServerResponse) => void, body: string): Promise<Response> {
  const server = createServer((_request, response) => {
    prepare(response)
    const bytes = Buffer.byteLength(body)
    writeHead(response, 200, ['Content-Length', String(bytes)], commonHeaders(common))
    endInOnePiece(response, body, bytes)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  const read = new Response(await response.arrayBuffer(), response)
  server.close()
  return read
}

for (const body of ['plain', 'größer']) {
  test(`headers that answers have in common stand in front of ${body}`, async () => {
    const answer = await answerOf(() => {}, body)
    for (const [name, value] of Object.entries(common)) assert.equal(answer.headers.get(name), value)
    assert.equal(answer.headers.get('content-length'), String(Buffer.byteLength(body)))
    assert.equal(await answer.text(), body)
  })
}

test("a writeHead() that is not Node's gets the headers that answers have in common", async () => {
  let seen: unknown
  const answer = await answerOf((response) => {
    response.writeHead = function (status: number, headers?: unknown) {
      seen = headers
      return Object.getPrototypeOf(response).writeHead.call(response, status, headers)
    } as typeof response.writeHead
  }, 'plain')
  assert.deepEqual(seen, [...Object.entries(common).flat(), 'Content-Length', '5'])
  assert.equal(answer.headers.get('vary'), 'Origin')
})

test('a header that was set on the response stands there once, and ours replaces it', async () => {
  const lines: string[] = []
  for (let i = 0; i < 2; i++) {
    const server = createServer((_request, response) => {
      response.setHeader('vary', 'Accept-Encoding').setHeader('X-Own', 'kept')
      writeHead(
        response,
        200,
        ['Content-Length', '0'],
        commonHeaders({ ...common, 'Access-Control-Allow-Origin': '*' }),
      )
      endInOnePiece(response, '', 0)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const connection = connect((server.address() as AddressInfo).port, '127.0.0.1')
    connection.end('GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n')
    const answer = await text(connection)
    lines.push(...answer.split('\r\n').filter((line) => /^(?:vary|x-own):/i.test(line)))
    server.close()
  }
  assert.deepEqual(lines.toSorted(), ['Vary: Origin', 'Vary: Origin', 'X-Own: kept', 'X-Own: kept'])
})

test('a header that Node would not write is not written', () => {
  assert.throws(() => commonHeaders({ 'Access-Control-Allow-Origin': 'a\r\nSet-Cookie: b' }), TypeError)
})
