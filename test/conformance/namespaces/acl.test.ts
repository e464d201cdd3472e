// Owns: the ACL of a namespace: what it opens, how it changes, and that it never fails open.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { BaseNamespace, type InitialAcl, type NamespaceClass } from '../../../lib/index.js'
import { Reports } from '../../support/reports.js'
import { startServer } from '../../support/server.js'
import { asking, errorEvent, event, joinClient, openClient, Queue, type WireClient } from '../../support/wire-client.js'

class Guarded extends BaseNamespace {
  getInitialAcl(): InitialAcl {
    return new Set(['recv_connect', 'on_public_method', 'on_do'])
  }

  on_public_method() {
    return 'public'
  }

  on_secure_method() {
    return 'secure'
  }

  recv_message() {
    return 'message'
  }

  recv_json() {
    return 'json'
  }

  on_do(what: string, methodName?: string): unknown {
    this[what as 'addAclMethod' | 'delAclMethod' | 'liftAclRestrictions' | 'resetAcl'](methodName as string)
    return this.allowedMethods === null ? 'all' : [[...this.allowedMethods]]
  }
}

const denied = (method: string): string =>
  errorEvent('/chat', 'method_access_denied', `You do not have access to method "${method}"`)

async function guarded(t: TestContext, namespaceClass: NamespaceClass = Guarded): Promise<WireClient> {
  return joinClient(t, await startServer(t, { '/chat': namespaceClass }), '/chat')
}

test('getInitialAcl names the methods that a client may reach, and all others are denied', async (t) => {
  const client = await guarded(t)
  assert.equal(await client.ask(asking(1, '/chat', 'public method')), '6::/chat:1+["public"]')
  assert.equal(await client.ask(asking(2, '/chat', 'secure method')), denied('on_secure_method'))
  assert.equal(await client.ask('3:3+:/chat:x'), denied('recv_message'))
  assert.equal(await client.ask('4:4+:/chat:1'), denied('recv_json'))
  assert.equal(await client.ask('7::/chat'), denied('recv_error'))
})

test('without getInitialAcl, or when it returns null, every on_ and recv_ method can be reached', async (t) => {
  class Open extends BaseNamespace {
    on_secure_method() {
      return 'secure'
    }
  }
  class OpenToo extends Guarded {
    getInitialAcl(): InitialAcl {
      return null
    }
  }
  for (const namespaceClass of [Open, OpenToo]) {
    const client = await guarded(t, namespaceClass)
    assert.equal(await client.ask(asking(1, '/chat', 'secure method')), '6::/chat:1+["secure"]')
    client.send('3::/chat:x', '4::/chat:1', '7::/chat')
    assert.deepEqual(await client.settled(), [])
  }
})

test('the ACL is asked before the method is looked up', async (t) => {
  const client = await guarded(t)
  assert.equal(await client.ask(event('/chat', 'no such')), denied('on_no_such'))
})

test('addAclMethod makes a method accessible', async (t) => {
  const client = await guarded(t)
  await client.ask(asking(1, '/chat', 'do', 'addAclMethod', 'on_secure_method'))
  assert.equal(await client.ask(asking(2, '/chat', 'secure method')), '6::/chat:2+["secure"]')
  assert.equal(await client.ask('3:3+:/chat:x'), denied('recv_message'))
})

test('delAclMethod makes a method inaccessible, and of an absent name does nothing', async (t) => {
  const client = await guarded(t)
  await client.ask(asking(1, '/chat', 'do', 'delAclMethod', 'on_absent'))
  const left = '6::/chat:2+[["recv_connect","on_do"]]'
  assert.equal(await client.ask(asking(2, '/chat', 'do', 'delAclMethod', 'on_public_method')), left)
  assert.equal(await client.ask(asking(3, '/chat', 'public method')), denied('on_public_method'))
})

test('liftAclRestrictions opens all on_ and recv_ methods, and allowedMethods is null then', async (t) => {
  const client = await guarded(t)
  assert.equal(await client.ask(asking(1, '/chat', 'do', 'liftAclRestrictions')), '6::/chat:1+["all"]')
  assert.equal(await client.ask(asking(2, '/chat', 'secure method')), '6::/chat:2+["secure"]')
  assert.equal(await client.ask('3:3+:/chat:x'), '6::/chat:3+["message"]')
})

test('resetAcl calls getInitialAcl again and applies that', async (t) => {
  let initial = ['recv_connect', 'on_do', 'on_public_method']
  class Changing extends Guarded {
    getInitialAcl() {
      return initial
    }
  }
  const client = await guarded(t, Changing)
  await client.ask(asking(1, '/chat', 'do', 'liftAclRestrictions'))
  initial = ['on_do', 'on_secure_method']
  const after = '6::/chat:2+[["on_do","on_secure_method"]]'
  assert.equal(await client.ask(asking(2, '/chat', 'do', 'resetAcl')), after)
  assert.equal(await client.ask(asking(3, '/chat', 'public method')), denied('on_public_method'))
  assert.equal(await client.ask(asking(4, '/chat', 'secure method')), '6::/chat:4+["secure"]')
})

test('addAclMethod on an unrestricted namespace leaves it unrestricted, and delAclMethod throws', async (t) => {
  const seen = new Queue<unknown>()
  class Open extends BaseNamespace {
    on_try() {
      this.addAclMethod('on_secure_method')
      seen.push(this.allowedMethods)
      try {
        this.delAclMethod('on_secure_method')
      } catch (error) {
        seen.push((error as { code: string }).code)
      }
      seen.push(this.isMethodAllowed('on_anything'))
    }
  }
  const client = await guarded(t, Open)
  client.send(event('/chat', 'try'))
  assert.deepEqual(await seen.take(3), [null, 'SIO_USAGE_ACL', true])
})

test('isMethodAllowed answers as a packet would find it', async (t) => {
  class Asking extends Guarded {
    on_do() {
      const names = ['on_public_method', 'on_secure_method', 'recv_connect', 'recv_json']
      return names.map((name) => this.isMethodAllowed(name))
    }
  }
  const client = await guarded(t, Asking)
  assert.equal(await client.ask(asking(1, '/chat', 'do')), '6::/chat:1+[true,false,true,false]')
})

test('a login handler opens the rest of its namespace', async (t) => {
  class Login extends Guarded {
    on_do(password: unknown) {
      if (password === 'swordfish') this.liftAclRestrictions()
      return 'done'
    }
  }
  const client = await guarded(t, Login)
  await client.ask(asking(1, '/chat', 'do', 'wrong'))
  assert.equal(await client.ask(asking(2, '/chat', 'secure method')), denied('on_secure_method'))
  await client.ask(asking(3, '/chat', 'do', 'swordfish'))
  assert.equal(await client.ask(asking(4, '/chat', 'secure method')), '6::/chat:4+["secure"]')
})

test('the ACL of one client is not that of another', async (t) => {
  const server = await startServer(t, { '/chat': Guarded })
  const [one, other] = [await joinClient(t, server, '/chat'), await joinClient(t, server, '/chat')]
  await one.ask(asking(1, '/chat', 'do', 'liftAclRestrictions'))
  assert.equal(await other.ask(asking(1, '/chat', 'secure method')), denied('on_secure_method'))
})

test('getInitialAcl runs before initialize, with the request at hand', async (t) => {
  const seen = new Queue<unknown>()
  class Ordered extends BaseNamespace {
    getInitialAcl() {
      seen.push(['getInitialAcl', this.request.method, this.environ.query.as])
      return ['recv_connect']
    }

    initialize() {
      seen.push(['initialize', [...(this.allowedMethods ?? [])]])
    }
  }
  await joinClient(t, await startServer(t, { '/chat': Ordered }), '/chat', { query: '?as=ann' })
  assert.deepEqual(seen.takeAll(), [
    ['getInitialAcl', 'GET', 'ann'],
    ['initialize', ['recv_connect']],
  ])
})

test('a getInitialAcl that returns no list of names refuses the connect: it never fails open', async (t) => {
  const wrong = [undefined, 'recv_connect', ['recv_connect', 1], Promise.resolve(['recv_connect']), {}, 1, true]
  for (const initial of wrong) {
    const reports = new Reports()
    class Wrong extends BaseNamespace {
      getInitialAcl() {
        return initial as InitialAcl
      }
    }
    const server = await startServer(t, { '/chat': Wrong }, { errorHandler: reports.handler })
    const client = await openClient(t, server)
    assert.equal(await client.ask('1::/chat'), '7::/chat:2')
    assert.equal(((await reports.next()).cause as { code: string }).code, 'SIO_USAGE_ACL')
  }
})

test('an ACL is a copy of what getInitialAcl returned', async (t) => {
  const shared = ['recv_connect', 'on_do']
  class Sharing extends Guarded {
    getInitialAcl() {
      return shared
    }
  }
  const client = await guarded(t, Sharing)
  await client.ask(asking(1, '/chat', 'do', 'addAclMethod', 'on_secure_method'))
  assert.deepEqual(shared, ['recv_connect', 'on_do'])
  const other = await guarded(t, Sharing)
  assert.equal(await other.ask(asking(1, '/chat', 'secure method')), denied('on_secure_method'))
})
