// Owns: recv_disconnect and disconnect overridden by applications, in ways that go wrong: no step stops the next.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace, RoomsMixin, type DisconnectReason } from '../../../lib/index.js'
import { FakeClock } from '../../support/clock.js'
import { Reports } from '../../support/reports.js'
import { startServer } from '../../support/server.js'
import { event, Gate, joinClient, Queue } from '../../support/wire-client.js'

const seen = new Queue<string>()

class Working extends RoomsMixin(BaseNamespace) {
  async recv_connect() {
    await this.join('lobby')
    this.spawn(async (signal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      seen.push('job ended')
    })
  }

  on_leave() {
    this.disconnect()
  }
}

class ThrowingDisconnect extends Working {
  disconnect() {
    seen.push('disconnect')
    throw new Error('broken')
  }
}

class RejectingDisconnect extends Working {
  async disconnect() {
    seen.push('disconnect')
    await new Promise(setImmediate)
    throw new Error('broken')
  }
}

class ForgetfulDisconnect extends Working {
  disconnect() {
    seen.push('disconnect')
  }
}

class ThrowingNotice extends Working {
  recv_disconnect() {
    seen.push('recv_disconnect')
    throw new Error('broken')
  }
}

class RejectingNotice extends Working {
  async recv_disconnect() {
    seen.push('recv_disconnect')
    throw new Error('broken')
  }
}

const overrides = [
  { namespaceClass: ThrowingDisconnect, hook: 'disconnect', isReported: true },
  { namespaceClass: RejectingDisconnect, hook: 'disconnect', isReported: true },
  { namespaceClass: ForgetfulDisconnect, hook: 'disconnect', isReported: false },
  { namespaceClass: ThrowingNotice, hook: 'recv_disconnect', isReported: true },
  { namespaceClass: RejectingNotice, hook: 'recv_disconnect', isReported: true },
]

for (const { namespaceClass, hook, isReported } of overrides) {
  for (const end of ['0::/chat', event('/chat', 'leave')]) {
    const how = end === '0::/chat' ? 'the client leaves' : 'the namespace disconnects itself'
    test(`${namespaceClass.name} stops none of the rest when ${how}`, async (t) => {
      const reports = new Reports()
      const server = await startServer(t, { '/chat': namespaceClass }, { errorHandler: reports.handler })
      const client = await joinClient(t, server, '/chat')
      client.send(end)
      assert.deepEqual(await seen.take(2), [hook, 'job ended'])
      if (isReported) {
        const { message, cause } = await reports.next()
        assert.deepEqual([message, (cause as Error).message], [`The method "${hook}" failed`, 'broken'])
      }
      await client.settled()
      server.io.of('/chat').to('lobby').emit('notice')
      assert.deepEqual(await client.settled(), [])
      assert.deepEqual([seen.takeAll(), reports.takeAll()], [[], []])
      assert.equal(await client.ask('1::/chat'), '1::/chat')
      client.drop()
      assert.deepEqual(await seen.take(2), [hook, 'job ended'])
    })
  }
}

test('a disconnect that is overridden runs once, however often it is called', async (t) => {
  class Eager extends Working {
    disconnect(silent?: boolean) {
      seen.push('disconnect')
      super.disconnect(silent)
      this.disconnect()
    }

    recv_disconnect(reason: DisconnectReason) {
      this.disconnect(true)
      super.recv_disconnect(reason)
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Eager }), '/chat')
  client.send(event('/chat', 'leave'))
  assert.deepEqual(await seen.take(2), ['disconnect', 'job ended'])
  assert.deepEqual(await client.settled(), ['0::/chat'])
  assert.deepEqual(seen.takeAll(), [])
})

test('what an overridden disconnect sends before super goes out first', async (t) => {
  class Polite extends Working {
    disconnect(silent?: boolean) {
      this.emit('bye')
      this.emitToRoom('lobby', 'left')
      super.disconnect(silent)
    }
  }
  const server = await startServer(t, { '/chat': Polite })
  const [one, other] = [await joinClient(t, server, '/chat'), await joinClient(t, server, '/chat')]
  one.send(event('/chat', 'leave'))
  assert.deepEqual(await one.take(2), [event('/chat', 'bye'), '0::/chat'])
  assert.equal(await other.next(), event('/chat', 'left'))
  other.drop()
  assert.deepEqual(await seen.take(2), ['job ended', 'job ended'])
})

test('an asynchronous recv_disconnect is awaited before jobs are killed and rooms left', async (t) => {
  const gate = new Gate()
  class Saving extends Working {
    async recv_disconnect(reason: DisconnectReason) {
      seen.push('saving')
      await gate.opened
      seen.push(`saved, in lobby: ${this.rooms.has('lobby')}`)
      super.recv_disconnect(reason)
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Saving }), '/chat')
  client.send('0::/chat')
  assert.equal(await seen.next(), 'saving')
  await client.settled()
  assert.deepEqual(seen.takeAll(), [])
  gate.open()
  assert.deepEqual(await seen.take(2), ['saved, in lobby: true', 'job ended'])
})

test('a recv_disconnect that never ends is given up after closeTimeout', async (t) => {
  const clock = new FakeClock()
  const reports = new Reports()
  class Stuck extends Working {
    recv_disconnect() {
      seen.push('stuck')
      return new Promise<void>(() => {})
    }
  }
  const server = await startServer(t, { '/chat': Stuck }, { clock, errorHandler: reports.handler })
  const client = await joinClient(t, server, '/chat')
  client.send('0::/chat')
  assert.equal(await seen.next(), 'stuck')
  clock.advance(60_001)
  assert.equal(await seen.next(), 'job ended')
  assert.equal((await reports.next()).message, 'The method "recv_disconnect" failed')
})
