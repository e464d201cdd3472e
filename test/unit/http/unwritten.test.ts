// Owns: that the headers of a 101 that is not written are those that Node would write.
import '../../support/with-shortcuts.js'
import assert from 'node:assert/strict'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { test } from 'node:test'
import { endUnwritten, unwrittenHeaders } from '../../../lib/http/shortcuts.js'

function responseOf(set: (response: ServerResponse) => void): ServerResponse {
  const response = new ServerResponse(new IncomingMessage(new Socket()))
  set(response)
  return response
}

// What Node makes of the same headers is the reference, but for those of its own.
function writtenBy(set: (response: ServerResponse) => void): string[] {
  const response = responseOf(set)
  response.statusCode = 101
  response.sendDate = false
  response.flushHeaders()
  const head = Reflect.get(response, '_header') as string
  return head
    .split('\r\n')
    .slice(1, -2)
    .filter((line) => !/^(?:connection|keep-alive): /i.test(line))
}

const headers: Record<string, (response: ServerResponse) => void> = {
  none: () => {},
  'a text, as it is spelled': (response) => response.setHeader('X-Powered-By', 'Express'),
  'a number': (response) => response.setHeader('x-count', 5),
  'several cookies': (response) => response.setHeader('Set-Cookie', ['a=1', 'b=2; Path=/']),
  'a list of another name': (response) => response.setHeader('Link', ['<a>', '<b>']),
  'one that was appended': (response) => response.appendHeader('x-a', '1').appendHeader('X-A', '2'),
  'one that was removed': (response) => response.setHeader('x-a', '1').removeHeader('X-A'),
  'letters beyond ASCII': (response) => response.setHeader('x-name', 'Jos\xe9'),
}

for (const [name, set] of Object.entries(headers)) {
  test(`headers of a response that is not written: ${name}`, () => {
    assert.deepEqual(unwrittenHeaders(responseOf(set)), writtenBy(set))
  })
}

const wrapped: Record<string, (response: ServerResponse) => void> = {
  end: (response) => Object.assign(response, { end: () => response }),
  writeHead: (response) => Object.assign(response, { writeHead: () => response }),
  write: (response) => Object.assign(response, { write: () => true }),
  getHeader: (response) => Object.assign(response, { getHeader: () => undefined }),
  'nothing, but is begun': (response) => response.flushHeaders(),
}

for (const [name, set] of Object.entries(wrapped)) {
  test(`a response is written where the app has wrapped ${name}`, () => {
    assert.equal(unwrittenHeaders(responseOf(set)), undefined)
  })
}

test('a response is written where its class has a method of its own', () => {
  class Own extends ServerResponse {
    override writeHead(...args: [number]): this {
      return super.writeHead(...args)
    }
  }
  assert.equal(unwrittenHeaders(new Own(new IncomingMessage(new Socket()))), undefined)
})

test('a response that is not written is over, and its listeners are told soon', async () => {
  const told: string[] = []
  const response = responseOf(() => {})
  response.on('finish', () => told.push('finish'))
  endUnwritten(response)
  assert.deepEqual([response.headersSent, response.writableEnded, told], [true, true, []])
  assert.throws(() => response.setHeader('x-late', '1'), { code: 'ERR_HTTP_HEADERS_SENT' })
  await new Promise(setImmediate)
  assert.deepEqual([response.writableFinished, told], [true, ['finish']])
  const [again] = await new Promise<unknown[]>((resolve) => response.end((...args: unknown[]) => resolve(args)))
  assert.equal((again as { code?: string }).code, 'ERR_STREAM_ALREADY_FINISHED')
})

test('nothing of a response that is not written reaches its connection', async () => {
  const response = responseOf(() => {})
  const { socket } = response.req
  response.assignSocket(socket)
  const told: string[] = []
  for (const event of ['prefinish', 'finish']) response.on(event, () => told.push(event))
  endUnwritten(response)
  await new Promise(setImmediate)
  assert.deepEqual([socket.bytesWritten, socket.writableLength, told], [0, 0, ['prefinish', 'finish']])
})
