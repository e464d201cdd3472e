// Owns: error(): what reaches the errorHandler, and what the default one does.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace, type Socket } from '../../../lib/index.js'
import { Reports } from '../../support/reports.js'
import { startServer } from '../../support/server.js'
import { asking, errorEvent, event, joinClient, Queue } from '../../support/wire-client.js'

class Reporting extends BaseNamespace {
  on_loud() {
    this.error('too_late', 'The shop is closed', '7')
  }

  on_quiet() {
    this.error('too_late', 'The shop is closed', '7', true)
  }
}

test('error reaches the configured errorHandler with name, message, endpoint, id and quiet', async (t) => {
  const seen = new Queue<unknown[]>()
  let socketOfHandler: Socket | undefined
  const server = await startServer(
    t,
    { '/chat': Reporting },
    {
      errorHandler: (socket, ...rest) => {
        socketOfHandler = socket
        seen.push(rest)
      },
    },
  )
  const client = await joinClient(t, server, '/chat')
  client.send(event('/chat', 'loud'), event('/chat', 'quiet'))
  assert.deepEqual(await seen.take(2), [
    ['too_late', 'The shop is closed', '/chat', '7', false, undefined],
    ['too_late', 'The shop is closed', '/chat', '7', true, undefined],
  ])
  assert.equal(socketOfHandler?.id.length, 20)
  // What the client is told is the handler's business now.
  assert.deepEqual(await client.settled(), [])
})

test('the default errorHandler sends the event error with name and message, unless quiet', async (t) => {
  const client = await joinClient(t, await startServer(t, { '/chat': Reporting }), '/chat')
  client.send(event('/chat', 'quiet'), event('/chat', 'loud'))
  assert.deepEqual(await client.settled(), [errorEvent('/chat', 'too_late', 'The shop is closed')])
})

test('the default errorHandler logs what a handler threw, and tells the client only that it failed', async (t) => {
  const logged = t.mock.method(console, 'error', () => {})
  class Failing extends BaseNamespace {
    on_fail() {
      throw new Error('secret')
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Failing }), '/chat')
  const failed = errorEvent('/chat', 'handler_failed', 'The method "on_fail" failed')
  assert.equal(await client.ask(asking(1, '/chat', 'fail')), failed)
  const [message, cause] = logged.mock.calls.flatMap((call) => call.arguments) as [string, Error]
  assert.match(message, /The method "on_fail" failed on \/chat/)
  assert.equal(cause.message, 'secret')
})

test('an errorHandler that throws is logged and harms nobody', async (t) => {
  const logged = t.mock.method(console, 'error', () => {})
  const server = await startServer(
    t,
    { '/chat': Reporting },
    {
      errorHandler: () => {
        throw new Error('broken handler')
      },
    },
  )
  const client = await joinClient(t, server, '/chat')
  client.send(event('/chat', 'loud'), event('/chat', 'nothing'))
  assert.deepEqual(await client.settled(), [])
  assert.deepEqual(
    logged.mock.calls.map(({ arguments: [, cause] }) => (cause as Error).message),
    ['broken handler', 'broken handler'],
  )
})

test('error of a socket names an endpoint of its own choice', async (t) => {
  class Pointing extends BaseNamespace {
    on_point() {
      this.socket.error('too_late', 'elsewhere', '/other')
      this.socket.error('too_late', 'everywhere')
    }
  }
  const reports = new Reports()
  const server = await startServer(t, { '/chat': Pointing }, { errorHandler: reports.handler })
  const client = await joinClient(t, server, '/chat')
  client.send(event('/chat', 'point'))
  assert.deepEqual(await client.take(2), [
    errorEvent('/other', 'too_late', 'elsewhere'),
    errorEvent('', 'too_late', 'everywhere'),
  ])
})

test('a packet that does not parse gets invalid_packet, and the socket lives', async (t) => {
  class Echo extends BaseNamespace {
    on_say(text: string) {
      return text
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Echo }), '/chat')
  assert.match(await client.ask('no packet'), /^5:::\{"name":"error","args":\["invalid_packet","/)
  assert.match(await client.ask('6:::1+"no array"'), /^5:::\{"name":"error","args":\["invalid_packet","/)
  assert.equal(await client.ask(asking(1, '/chat', 'say', 'alive')), '6::/chat:1+["alive"]')
})
