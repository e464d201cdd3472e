// Owns: exceptionHandlerDecorator: what is wrapped by it, in which forms it may be written, and failures without one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace, ConnectError, type Handler } from '../../../lib/index.js'
import { Reports } from '../../support/reports.js'
import { startServer } from '../../support/server.js'
import { asking, errorEvent, event, joinClient, openClient, Queue } from '../../support/wire-client.js'

const failed = (name: string): string => errorEvent('/chat', 'handler_failed', `The method "${name}" failed`)

class Failing extends BaseNamespace {
  on_throw() {
    throw new Error('thrown')
  }

  async on_reject() {
    await new Promise(setImmediate)
    throw new Error('rejected')
  }

  recv_message() {
    throw new Error('of a message')
  }

  on_job() {
    this.spawn(async () => {
      await new Promise(setImmediate)
      throw new Error('of a job')
    })
  }

  on_call_back() {
    this.emit('question', () => {
      throw new Error('of a callback')
    })
  }
}

test('exceptionHandlerDecorator wraps handlers, jobs and ack callbacks, and sees what they throw', async (t) => {
  const reports = new Reports()
  const seen = new Queue<string>()
  class Caught extends Failing {
    exceptionHandlerDecorator(fn: Handler): Handler {
      return async (...args) => {
        try {
          return await fn(...args)
        } catch (error) {
          seen.push((error as Error).message)
          this.emit('caught', (error as Error).message)
          return undefined
        }
      }
    }
  }
  const server = await startServer(t, { '/chat': Caught }, { errorHandler: reports.handler })
  const client = await joinClient(t, server, '/chat')
  assert.equal(await client.ask(event('/chat', 'throw')), event('/chat', 'caught', 'thrown'))
  assert.equal(await client.ask(event('/chat', 'reject')), event('/chat', 'caught', 'rejected'))
  assert.equal(await client.ask('3::/chat:x'), event('/chat', 'caught', 'of a message'))
  assert.equal(await client.ask(event('/chat', 'job')), event('/chat', 'caught', 'of a job'))
  const [, id] = /^5:(\d+)\+/.exec(await client.ask(event('/chat', 'call_back'))) ?? []
  assert.equal(await client.ask(`6::/chat:${id}`), event('/chat', 'caught', 'of a callback'))
  assert.deepEqual(await seen.take(5), ['thrown', 'rejected', 'of a message', 'of a job', 'of a callback'])
  assert.deepEqual(reports.takeAll(), [])
})

test('what the wrapper returns is the answer, and the function that it gets is bound', async (t) => {
  class Wrapping extends BaseNamespace {
    readonly name = 'Wrapping'
    exceptionHandlerDecorator(fn: Handler): Handler {
      return (...args) => `${this.name}(${String(fn(...args))})`
    }

    on_add(first: number, second: number) {
      return `${this.name}.${first + second}`
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Wrapping }), '/chat')
  assert.equal(await client.ask(asking(1, '/chat', 'add', 1, 2)), '6::/chat:1+["Wrapping(Wrapping.3)"]')
})

test('exceptionHandlerDecorator may be static, and is inherited', async (t) => {
  const seen = new Queue<string>()
  class Parent extends Failing {
    static readonly prefix: string = 'parent'
    static exceptionHandlerDecorator(fn: Handler): Handler {
      return async (...args) => {
        try {
          return await fn(...args)
        } catch (error) {
          seen.push(`${this.prefix}: ${(error as Error).message}`)
          return undefined
        }
      }
    }
  }
  class Child extends Parent {
    static readonly prefix = 'child'
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Child }), '/chat')
  client.send(event('/chat', 'throw'), event('/chat', 'job'))
  assert.deepEqual(await seen.take(2), ['child: thrown', 'child: of a job'])
})

test('a wrapper that throws on passes the error to the errorHandler', async (t) => {
  const reports = new Reports()
  class Rethrowing extends Failing {
    exceptionHandlerDecorator(fn: Handler): Handler {
      return async (...args) => {
        try {
          return await fn(...args)
        } catch (error) {
          throw new Error('wrapped', { cause: error })
        }
      }
    }
  }
  const server = await startServer(t, { '/chat': Rethrowing }, { errorHandler: reports.handler })
  const client = await joinClient(t, server, '/chat')
  assert.equal(await client.ask(event('/chat', 'throw')), failed('on_throw'))
  const { cause } = await reports.next()
  assert.equal((cause as Error).message, 'wrapped')
})

test('exceptionHandlerDecorator wraps recv_connect, which may still refuse', async (t) => {
  const seen = new Queue<string>()
  class Guarded extends BaseNamespace {
    exceptionHandlerDecorator(fn: Handler): Handler {
      return async (...args) => {
        try {
          return await fn(...args)
        } catch (error) {
          seen.push((error as Error).message)
          throw error
        }
      }
    }

    recv_connect() {
      throw new ConnectError('members only')
    }
  }
  const client = await openClient(t, await startServer(t, { '/chat': Guarded }))
  assert.equal(await client.ask('1::/chat'), '7::/chat:2')
  assert.equal(await seen.next(), 'members only')
})

test('without a decorator failures are reported, and namespace, socket and process live on', async (t) => {
  const reports = new Reports()
  const server = await startServer(t, { '/chat': Failing }, { errorHandler: reports.handler })
  const client = await joinClient(t, server, '/chat')
  assert.equal(await client.ask(event('/chat', 'throw')), failed('on_throw'))
  assert.equal(await client.ask(event('/chat', 'reject')), failed('on_reject'))
  assert.equal(await client.ask('3::/chat:x'), failed('recv_message'))
  // Nobody asked for a job or a callback: the client is not told.
  client.send(event('/chat', 'job'))
  assert.deepEqual((await reports.take(4)).at(-1)?.quiet, true)
  const [, id] = /^5:(\d+)\+/.exec(await client.ask(event('/chat', 'call_back'))) ?? []
  client.send(`6::/chat:${id}`)
  const { message, quiet, cause } = await reports.next()
  assert.deepEqual([message, quiet], ['The method "ack callback" failed', true])
  assert.equal((cause as Error).message, 'of a callback')
  assert.deepEqual(await client.settled(), [])
  assert.equal(await client.ask('3:1:/chat:x'), '6::/chat:1')
})

test('a handler may throw anything at all', async (t) => {
  const reports = new Reports()
  class Odd extends BaseNamespace {
    on_undefined() {
      throw undefined
    }

    on_text() {
      // eslint-disable-next-line no-throw-literal
      throw 'text'
    }

    async on_null() {
      throw null
    }
  }
  const server = await startServer(t, { '/chat': Odd }, { errorHandler: reports.handler })
  const client = await joinClient(t, server, '/chat')
  for (const [name, thrown] of [
    ['undefined', undefined],
    ['text', 'text'],
    ['null', null],
  ] as const) {
    assert.equal(await client.ask(event('/chat', name)), failed(`on_${name}`))
    assert.equal((await reports.next()).cause, thrown)
  }
})
