// Owns: messages and JSON to the client, and their automatic acks.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace } from '../../../lib/index.js'
import { startServer } from '../../support/server.js'
import { event, joinClient, openClient, Queue } from '../../support/wire-client.js'

test('send sends a simple string message on its endpoint', async (t) => {
  class Chat extends BaseNamespace {
    on_go() {
      this.send('a: text')
      this.send('')
      this.send(42)
    }
  }
  const client = await openClient(t, await startServer(t, { '': Chat, '/chat': Chat }))
  await client.ask('1::/chat')
  client.send(event('/chat', 'go'), event('', 'go'))
  assert.deepEqual(await client.take(3), ['3::/chat:a: text', '3::/chat', '3::/chat:42'])
  assert.deepEqual(await client.take(3), ['3:::a: text', '3::', '3:::42'])
})

test('send with json encodes the message as a JSON value', async (t) => {
  class Chat extends BaseNamespace {
    on_go() {
      this.send({ a: [1, 'x'] }, { json: true })
      this.send('text', { json: true })
      this.send(Buffer.from('hi'), { json: true })
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Chat }), '/chat')
  client.send(event('/chat', 'go'))
  assert.deepEqual(await client.take(3), [
    '4::/chat:{"a":[1,"x"]}',
    '4::/chat:"text"',
    '4::/chat:{"type":"Buffer","data":[104,105]}',
  ])
})

test('the callback of send is called when the client has received the message', async (t) => {
  const seen = new Queue<string>()
  class Chat extends BaseNamespace {
    on_go() {
      this.send('text', { callback: () => seen.push('received text') })
      this.send(1, { json: true, callback: () => seen.push('received json') })
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Chat }), '/chat')
  client.send(event('/chat', 'go'))
  const frames = await client.take(2)
  // An id without "+": the client's library answers by itself.
  const [, first] = /^3:(\d+):\/chat:text$/.exec(frames[0] ?? '') ?? []
  const [, second] = /^4:(\d+):\/chat:1$/.exec(frames[1] ?? '') ?? []
  assert.ok(first !== undefined && second !== undefined, frames.join())
  assert.deepEqual(seen.takeAll(), [])
  client.send(`6::/chat:${second}`)
  assert.equal(await seen.next(), 'received json')
  client.send(`6::/chat:${first}`)
  assert.equal(await seen.next(), 'received text')
})

test('socket.sendPacket sends a packet as it is', async (t) => {
  class Chat extends BaseNamespace {
    on_go() {
      this.socket.sendPacket({ type: 'message', endpoint: '/elsewhere', data: 'text' })
      this.socket.sendPacket({ type: 'error', endpoint: '', reason: 'unauthorized', advice: 'reconnect' })
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Chat }), '/chat')
  client.send(event('/chat', 'go'))
  assert.deepEqual(await client.take(2), ['3::/elsewhere:text', '7:::2+0'])
})
