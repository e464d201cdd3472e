// Owns: initialize(): on which classes, in which order, and what a throw in it means.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace, ConnectError, type AnyNamespace, type Constructor } from '../../../lib/index.js'
import { Reports } from '../../support/reports.js'
import { startServer } from '../../support/server.js'
import { asking, event, joinClient, openClient, Queue } from '../../support/wire-client.js'

test('initialize runs once, after the constructor and before the first packet', async (t) => {
  const seen = new Queue<string>()
  class Ordered extends BaseNamespace {
    field = seen.push('field')
    constructor(...args: ConstructorParameters<typeof BaseNamespace>) {
      super(...args)
      seen.push('constructor')
    }

    initialize() {
      seen.push('initialize')
    }

    recv_connect() {
      seen.push('recv_connect')
    }

    on_go() {
      seen.push('on_go')
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Ordered }), '/chat')
  client.send(event('/chat', 'go'), event('/chat', 'go'))
  assert.deepEqual(await seen.take(6), ['field', 'constructor', 'initialize', 'recv_connect', 'on_go', 'on_go'])
})

test('initialize runs on every class of the chain that has its own, the most derived first, each awaited', async (t) => {
  const seen = new Queue<string>()
  class Root extends BaseNamespace {
    async initialize() {
      seen.push('root begins')
      await Promise.resolve()
      seen.push('root ends')
    }
  }
  class Silent extends Root {}
  function Mixed<Base extends Constructor<AnyNamespace>>(base: Base): Base {
    abstract class WithMixed extends base {
      initialize() {
        seen.push('mixin')
      }
    }
    return WithMixed
  }
  class Leaf extends Mixed(Silent) {
    async initialize() {
      seen.push('leaf begins')
      await new Promise(setImmediate)
      seen.push('leaf ends')
    }
  }
  await joinClient(t, await startServer(t, { '/chat': Leaf }), '/chat')
  assert.deepEqual(seen.takeAll(), ['leaf begins', 'leaf ends', 'mixin', 'root begins', 'root ends'])
})

test('what initialize sets, the ACL included, is there for the first packet', async (t) => {
  class Prepared extends BaseNamespace {
    log: string[] = []
    getInitialAcl() {
      return ['recv_connect']
    }

    async initialize() {
      await new Promise(setImmediate)
      this.log.push('ready')
      this.addAclMethod('on_read')
    }

    on_read() {
      return this.log
    }
  }
  const client = await openClient(t, await startServer(t, { '/chat': Prepared }))
  client.send('1::/chat', asking(1, '/chat', 'read'))
  assert.deepEqual(await client.take(2), ['1::/chat', '6::/chat:1+["ready"]'])
})

test('initialize may open a namespace by what the global one has found out', async (t) => {
  class Global extends BaseNamespace {
    isLoggedIn = false
    on_login() {
      this.isLoggedIn = true
    }
  }
  class Private extends BaseNamespace {
    initialize() {
      const global = this.socket.namespaces.get('')
      if (!(global instanceof Global && global.isLoggedIn)) throw new ConnectError('log in first')
    }
  }
  const client = await openClient(t, await startServer(t, { '': Global, '/private': Private }))
  assert.equal(await client.ask('1::/private'), '7::/private:2')
  await client.ask(asking(1, '', 'login'))
  assert.equal(await client.ask('1::/private'), '1::/private')
})

test('initialize that throws refuses the connect, and the client learns nothing of why', async (t) => {
  const reports = new Reports()
  class Broken extends BaseNamespace {
    async initialize() {
      throw new Error('secret')
    }
  }
  const server = await startServer(t, { '/chat': Broken }, { errorHandler: reports.handler })
  const client = await openClient(t, server)
  assert.equal(await client.ask('1::/chat'), '7::/chat:2')
  const { name, message, quiet, cause } = await reports.next()
  assert.deepEqual([name, message, quiet], ['handler_failed', 'The method "initialize" failed', true])
  assert.equal((cause as Error).message, 'secret')
})

test('initialize that throws on the global namespace ends the socket', async (t) => {
  const reports = new Reports()
  class Broken extends BaseNamespace {
    initialize() {
      throw new Error('secret')
    }
  }
  const client = await openClient(t, await startServer(t, { '': Broken }, { errorHandler: reports.handler }))
  client.send(event('', 'hello'))
  assert.deepEqual(await client.ended(), ['0::'])
})

test('a constructor that throws refuses the connect', async (t) => {
  const reports = new Reports()
  class Broken extends BaseNamespace {
    constructor(...args: ConstructorParameters<typeof BaseNamespace>) {
      super(...args)
      throw new Error('secret')
    }
  }
  const client = await openClient(t, await startServer(t, { '/chat': Broken }, { errorHandler: reports.handler }))
  assert.equal(await client.ask('1::/chat'), '7::/chat:2')
  assert.equal((await reports.next()).message, 'The method "constructor" failed')
})

test('a handler that is a field of the instance refuses the connect with a UsageError', async (t) => {
  const reports = new Reports()
  class Arrow extends BaseNamespace {
    on_say = (): string => 'nobody can reach this'
  }
  const client = await openClient(t, await startServer(t, { '/chat': Arrow }, { errorHandler: reports.handler }))
  assert.equal(await client.ask('1::/chat'), '7::/chat:2')
  assert.equal(((await reports.next()).cause as { code: string }).code, 'SIO_USAGE_NAMESPACE')
})
