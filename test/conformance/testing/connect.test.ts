// Owns: the test kit's own client: on either wire and transport, on every framework, in an app that listens nowhere.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace, type Options } from '../../../lib/index.js'
import { connect } from '../../../lib/testing.js'
import { Chat, faces, makeApp, quietly, wires } from './apps.js'

// As the default does, without a line in the log.
const loudly: Options = {
  errorHandler: (socket, name, message, endpoint) => {
    socket?.sendPacket({ type: 'event', endpoint, name: 'error', args: [name, message] })
  },
}

for (const face of faces) {
  for (const [protocol, transport] of wires) {
    const name = `on ${face}, ${protocol} by ${transport}`

    test(`${name}: two clients talk, and each hears all of it in order`, async (t) => {
      const { app } = makeApp(face, { '/chat': Chat })
      const anna = await connect<typeof Chat>(app, '/chat', { protocol, transport, query: 'name=anna', t })
      const bert = await connect<typeof Chat>(app, '/chat', { protocol, transport, query: { name: 'bert' }, t })
      assert.equal(await anna.ask('say', 'hi'), 'delivered')
      assert.deepEqual(await bert.next('said'), ['anna', 'hi'])
      assert.deepEqual(await anna.next('said'), ['me', 'hi'])
      bert.emit('say', 'hello')
      await anna.idle()
      assert.deepEqual(anna.received, [
        ['said', 'me', 'hi'],
        ['said', 'bert', 'hello'],
      ])
      assert.deepEqual(bert.received, [
        ['said', 'anna', 'hi'],
        ['said', 'me', 'hello'],
      ])
    })

    test(`${name}: acks are what handlers return`, async (t) => {
      const { app } = makeApp(face, { '/chat': Chat })
      const client = await connect<typeof Chat>(app, '/chat', { protocol, transport, t })
      assert.deepEqual(await client.ask('pair'), [1, 'two'])
      assert.deepEqual(await client.ask('list'), [1, 2])
      assert.equal(await client.ask('nothing'), undefined)
      assert.equal(await client.ask('to room', 'lobby', 'hi'), 'lobby hi')
      client.answer('question', (text) => text.length)
      assert.equal(await client.ask('ask', 'four'), 5)
    })

    test(`${name}: a refused connect is an error, with what the wire tells`, async () => {
      const { app } = makeApp(face, { '/chat': Chat })
      const expected =
        protocol === '4'
          ? { name: 'ConnectError', message: 'full', data: { retry: 5 } }
          : { name: 'ConnectError', message: 'unauthorized', data: undefined }
      await assert.rejects(connect(app, '/chat', { protocol, transport, query: { refuse: '1' } }), expected)
    })

    test(`${name}: a namespace that nobody declares is refused`, async () => {
      const { app } = makeApp(face, { '/chat': Chat })
      const message =
        protocol === '4' ? 'Invalid namespace' : `The endpoint you tried to connect to doesn't exist: /nowhere`
      await assert.rejects(connect(app, '/nowhere', { protocol, transport }), { name: 'ConnectError', message })
    })

    test(`${name}: a handshake that authorize refuses is an error with its status`, async () => {
      const { app } = makeApp(face, { '/chat': Chat }, { authorize: () => false })
      await assert.rejects(connect(app, '/chat', { protocol, transport }), {
        message: 'the handshake was answered 403 Forbidden: handshake unauthorized',
        status: 403,
      })
    })

    test(`${name}: a client that is lost, leaves, or is kicked`, async (t) => {
      const reasons: string[] = []
      class Watched extends Chat {
        override recv_disconnect(reason: string): void {
          reasons.push(reason)
          this.disconnect(true)
        }
      }
      const { app } = makeApp(face, { '/chat': Watched })
      const open = () => connect<typeof Watched>(app, '/chat', { protocol, transport, t })
      const leaving = await open()
      assert.equal(leaving.connected, true)
      await leaving.leave()
      assert.equal(leaving.connected, false)
      assert.deepEqual(reasons.splice(0), ['client namespace disconnect'])

      const lost = await open()
      await lost.lose()
      // Between two polls, a client of 0.9 may come back for as long as closeTimeout.
      assert.deepEqual(reasons.splice(0), transport === 'xhr-polling' ? [] : ['transport close'])

      const kicked = await open()
      kicked.emit('kick')
      assert.equal(await kicked.ended(), 'server namespace disconnect')
      assert.deepEqual(reasons.splice(0), ['server namespace disconnect'])
      await assert.rejects(kicked.next('said'), /expected the event 'said', but the connection has ended/)
    })

    test(`${name}: the global namespace, text messages and errors of handlers`, async (t) => {
      class Global extends BaseNamespace {
        override recv_message(text: string): void {
          this.send(`got ${text}`)
        }
        on_fail(): never {
          throw new Error('secret')
        }
      }
      const { app } = makeApp(face, { '': Global }, loudly)
      const client = await connect<typeof Global>(app, '/', { protocol, transport, t })
      client.send('text')
      assert.deepEqual(await client.next('message'), ['got text'])
      client.emit('fail')
      assert.deepEqual(await client.next('error'), ['handler_failed', 'The method "on_fail" failed'])
    })
  }
}

test('an event that does not come, and an ack, say what came instead', async (t) => {
  const { app } = makeApp('express', { '/chat': Chat }, quietly)
  const client = await connect<typeof Chat>(app, '/chat', { timeout: 50, t })
  await client.ask('many', 12)
  await client.next('count')
  const events = Array.from({ length: 10 }, (_none, index) => `  'count', ${index + 3}`).join('\n')
  await assert.rejects(client.next('said'), {
    message: `expected the event 'said' within 50 ms, got none. The last 10 of 12 events:\n${events}`,
  })
  await assert.rejects(client.ask('fail'), {
    message: `expected an ack of 'fail' within 50 ms, got none. The last 10 of 12 events:\n${events}`,
  })
})

test('quiet() fails with the event that came, and waits for slow handlers', async (t) => {
  const { app } = makeApp('express', { '/chat': Chat })
  const client = await connect<typeof Chat>(app, '/chat', { t })
  client.emit('say', 'hi')
  await client.quiet('count')
  await assert.rejects(client.quiet('said'), {
    message: `expected no event 'said', got 'said', 'me', 'hi'. The events so far:\n  'said', 'me', 'hi'`,
  })
  await assert.rejects(client.quiet(), /expected no event, got 'said', 'me', 'hi'/)
  await client.next('said')
  await client.quiet()
})
