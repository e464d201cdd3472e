// Owns: connects that are refused: by a throw or by the ACL, and what a client may do after that.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace, ConnectError, RoomsMixin } from '../../../lib/index.js'
import { Reports } from '../../support/reports.js'
import { startServer } from '../../support/server.js'
import { asking, errorEvent, event, joinClient, openClient, Queue } from '../../support/wire-client.js'

const denied = (method: string): string =>
  errorEvent('/chat', 'method_access_denied', `You do not have access to method "${method}"`)

test('recv_connect that throws a ConnectError refuses the connect, and that is no failure', async (t) => {
  const reports = new Reports()
  class Closed extends BaseNamespace {
    recv_connect() {
      throw new ConnectError('members only', { code: 7 })
    }
  }
  const client = await openClient(t, await startServer(t, { '/chat': Closed }, { errorHandler: reports.handler }))
  assert.equal(await client.ask('1::/chat'), '7::/chat:2')
  assert.deepEqual(reports.takeAll(), [])
})

test('recv_connect that rejects with any other error refuses the connect and is reported', async (t) => {
  const reports = new Reports()
  class Broken extends BaseNamespace {
    async recv_connect() {
      await new Promise(setImmediate)
      throw new Error('secret')
    }
  }
  const client = await openClient(t, await startServer(t, { '/chat': Broken }, { errorHandler: reports.handler }))
  assert.equal(await client.ask('1::/chat'), '7::/chat:2')
  const { message, quiet } = await reports.next()
  assert.deepEqual([message, quiet], ['The method "recv_connect" failed', true])
  assert.deepEqual(await client.settled(), [])
})

test('an ACL without recv_connect refuses the connect', async (t) => {
  class Closed extends BaseNamespace {
    getInitialAcl() {
      return ['on_say']
    }

    on_say() {
      return 'open'
    }
  }
  const client = await openClient(t, await startServer(t, { '/chat': Closed }))
  assert.equal(await client.ask('1::/chat'), '7::/chat:2')
})

test('a packet that asks without a connect is refused in the same way', async (t) => {
  class Closed extends BaseNamespace {
    recv_connect() {
      throw new ConnectError('no')
    }
  }
  const client = await openClient(t, await startServer(t, { '/chat': Closed }))
  assert.equal(await client.ask(asking(1, '/chat', 'say')), '7::/chat:2')
  assert.deepEqual(await client.settled(), [])
})

test('after a refusal packets other than a connect are denied', async (t) => {
  class Closed extends BaseNamespace {
    recv_connect() {
      throw new ConnectError('no')
    }

    on_say() {
      return 'reached'
    }
  }
  const client = await openClient(t, await startServer(t, { '/chat': Closed }))
  assert.equal(await client.ask('1::/chat'), '7::/chat:2')
  assert.equal(await client.ask(asking(1, '/chat', 'say')), denied('on_say'))
  assert.equal(await client.ask('3::/chat:x'), denied('recv_message'))
})

test('after a refusal a connect asks again, on a new instance', async (t) => {
  let password = ''
  class Guarded extends BaseNamespace {
    attempts = 0
    recv_connect() {
      this.attempts++
      if (password === '') throw new ConnectError('no')
    }

    on_attempts() {
      return this.attempts
    }
  }
  const client = await openClient(t, await startServer(t, { '/chat': Guarded }))
  assert.equal(await client.ask('1::/chat'), '7::/chat:2')
  password = 'swordfish'
  assert.equal(await client.ask('1::/chat'), '1::/chat')
  assert.equal(await client.ask(asking(1, '/chat', 'attempts')), '6::/chat:1+[1]')
})

test('a refused connect leaves its rooms, ends its jobs, cleans up, and has no recv_disconnect', async (t) => {
  const seen = new Queue<string>()
  class Closed extends RoomsMixin(BaseNamespace) {
    async recv_connect() {
      await this.join('lobby')
      this.spawn(async (signal) => {
        signal.addEventListener('abort', () => seen.push('job ended'))
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
      })
      this.emit('early')
      throw new ConnectError('no')
    }

    recv_disconnect() {
      seen.push('recv_disconnect')
    }

    disconnect(silent?: boolean) {
      seen.push(`disconnect(${silent})`)
      super.disconnect(silent)
    }
  }
  const server = await startServer(t, { '/chat': Closed })
  const client = await openClient(t, server)
  assert.equal(await client.ask('1::/chat'), '7::/chat:2')
  assert.deepEqual(await seen.take(2), ['disconnect(true)', 'job ended'])
  server.io.of('/chat').to('lobby').emit('notice')
  server.io.of('/chat').emit('notice')
  assert.deepEqual(await client.settled(), [])
  assert.deepEqual(seen.takeAll(), [])
})

test('a namespace that disconnects itself in recv_connect ends, and the client is told', async (t) => {
  class Bouncing extends BaseNamespace {
    recv_connect() {
      this.disconnect()
    }
  }
  const client = await openClient(t, await startServer(t, { '/chat': Bouncing }))
  assert.equal(await client.ask('1::/chat'), '0::/chat')
  assert.deepEqual(await client.settled(), [])
})

test('a client that is refused one namespace keeps the others', async (t) => {
  class Closed extends BaseNamespace {
    recv_connect() {
      throw new ConnectError('no')
    }
  }
  class Open extends BaseNamespace {
    on_say(text: string) {
      this.emit('said', text)
    }
  }
  const client = await joinClient(t, await startServer(t, { '/open': Open, '/closed': Closed }), '/open')
  assert.equal(await client.ask('1::/closed'), '7::/closed:2')
  assert.equal(await client.ask(event('/open', 'say', 'hi')), event('/open', 'said', 'hi'))
})
