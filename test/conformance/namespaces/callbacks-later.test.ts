// Owns: when a callback is called that was given to a method of ours: never within that method, and so that one which asks again
// and again fills no stack and keeps nobody else waiting.
// Elsewhere: what callbacks are called with (acks.test.ts, operators.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises'
import { BaseNamespace, type AdapterFactory } from '../../../lib/index.js'
import { enter, generations } from '../../support/generations.js'
import { within } from '../../support/journal.js'
import { startServer } from '../../support/server.js'
import { Queue } from '../../support/wire-client.js'
import { Speaking } from '../../faults/user-code/application.js'

type Asking = (done: () => void) => void

/** Asks as soon as it was answered, until a timer has fired: how often, and whether it was ever called within the asking. */
async function again(asking: Asking): Promise<{ isWithin: boolean; times: number }> {
  let isTime = false
  let isAsking = false
  let isWithin = false
  let times = 0
  const timer = setTimeout(() => {
    isTime = true
  }, 20)
  await within(
    'a timer, while a callback asks again and again',
    new Promise<void>((resolve) => {
      const ask = (): void => {
        times++
        isAsking = true
        asking(() => {
          isWithin ||= isAsking
          // A hundred thousand are more than any stack holds, and take longer than the timer.
          if (isTime || isWithin || times > 100_000) resolve()
          else ask()
        })
        isAsking = false
      }
      ask()
    }),
  )
  clearTimeout(timer)
  assert.ok(isTime || isWithin, 'others are served meanwhile')
  return { isWithin, times }
}

for (const generation of generations) {
  test(`after the end a callback of timeout().emit() is called later, for ${generation}`, async (t) => {
    const left = new Queue<Chat>()
    class Chat extends BaseNamespace {
      override recv_disconnect() {
        left.push(this)
      }
    }
    const server = await startServer(t, { '/chat': Chat })
    const peer = await enter(t, server, generation, '/chat')
    peer.leave('/chat')
    const chat = await left.next()
    const { isWithin, times } = await again((done) => {
      chat.timeout(1_000).emit('question', done)
    })
    assert.equal(isWithin, false)
    assert.ok(times > 1)
  })

  test(`a callback whose question ends its client is called later, for ${generation}`, async (t) => {
    const seen = new Queue<string>()
    class Chat extends BaseNamespace {
      on_ask() {
        let isAsking = true
        // More than may be held for a client that reads nothing.
        const text = 'x'.repeat(3_000_000)
        for (let count = 0; count < 40; count++) {
          this.timeout(1_000).emit('question', text, (error: unknown) => {
            seen.push(`${isAsking ? 'within' : 'later'} ${String(Reflect.get(error as object, 'code'))}`)
          })
        }
        isAsking = false
      }
    }
    const server = await startServer(t, { '/chat': Chat }, { maxBufferedBytes: 1_000_000 })
    const peer = await enter(t, server, generation, '/chat')
    peer.deafen()
    peer.emit('/chat', 'ask')
    const all = await seen.take(40)
    assert.deepEqual([...new Set(all)], ['later SIO_CLOSED'])
  })

  for (const [name, ask] of Object.entries({
    'sleep()': (chat: BaseNamespace) => chat.sleep(1_000),
    'emitWithAck()': (chat: BaseNamespace) => chat.emitWithAck('question'),
    'timeout().emitWithAck()': (chat: BaseNamespace) => chat.timeout(1_000).emitWithAck('question'),
  })) {
    test(`after the end ${name} that is tried again and again keeps nobody waiting, for ${generation}`, async (t) => {
      const left = new Queue<Chat>()
      class Chat extends BaseNamespace {
        override recv_disconnect() {
          left.push(this)
        }
      }
      const peer = await enter(t, await startServer(t, { '/chat': Chat }), generation, '/chat')
      peer.leave('/chat')
      const chat = await left.next()
      await turn()
      const { isWithin } = await again((done) => {
        const settled = (): void => {
          done()
        }
        ask(chat).then(settled, settled)
      })
      assert.equal(isWithin, false)
    })
  }
}

test('the callback of an emit to nobody is called later, and asking again keeps nobody waiting', async (t) => {
  const { io } = await startServer(t, { '/chat': BaseNamespace })
  const { isWithin } = await again((done) => {
    io.of('/chat').timeout(1_000).emit('question', done)
  })
  assert.equal(isWithin, false)
})

test('the callback of serverSideEmit() is called later, even by an adapter that answers at once', async (t) => {
  class AtOnce extends Speaking {}
  const { io } = await startServer(t, { '/chat': BaseNamespace }, { adapter: AtOnce as AdapterFactory })
  const { isWithin } = await again((done) => {
    io.of('/chat').serverSideEmit('news', done)
  })
  assert.equal(isWithin, false)
  await pause(1)
})
