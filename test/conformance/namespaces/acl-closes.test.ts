// Owns: an ACL that fails or is called at an odd time: it closes, and it is one instance's alone.
// Elsewhere: what its methods do (acl.test.ts), names that are almost getInitialAcl (misspelt.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace, type InitialAcl, type NamespaceClass } from '../../../lib/index.js'
import { generations, openIn } from '../../support/generations.js'
import { startServer, type TestServer } from '../../support/server.js'
import { Queue } from '../../support/wire-client.js'

const garbage: Readonly<Record<string, () => unknown>> = {
  throws: () => {
    throw new Error('no database')
  },
  'answers undefined': () => undefined,
  'answers a text': () => 'on_say',
  'answers a number': () => 1,
  'answers true': () => true,
  'answers an object': () => ({ on_say: true }),
  'answers a promise': () => Promise.resolve(['on_say']),
  'answers a promise that rejects': () => Promise.reject(new Error('no database')),
  'answers a list of other things': () => ['on_say', 5],
  'answers a list that throws': () => ({
    *[Symbol.iterator]() {
      yield 'on_say'
      throw new Error('no database')
    },
  }),
}

for (const generation of generations) {
  for (const before of ['open', 'restricted'] as const) {
    for (const [kind, answer] of Object.entries(garbage)) {
      test(`resetAcl closes a namespace that is ${before} when getInitialAcl ${kind}, for a client of ${generation}`, async (t) => {
        const seen = new Queue<unknown>()
        let isBroken = false
        class Guarded extends BaseNamespace {
          override getInitialAcl(): InitialAcl {
            if (isBroken) return answer() as InitialAcl
            return before === 'open' ? null : ['recv_connect', 'on_reset', 'on_say', 'on_heal']
          }
          on_reset() {
            isBroken = true
            try {
              this.resetAcl()
              seen.push('reset')
            } catch (error) {
              seen.push(kind === 'throws' || kind.endsWith('that throws') ? 'threw' : (error as { code: unknown }).code)
            }
            seen.push([...(this.allowedMethods ?? ['everything'])])
            seen.push(this.isMethodAllowed('on_say'))
          }
          on_say() {
            seen.push('said')
          }
        }
        const server = await startServer(t, { '/chat': Guarded }, { errorHandler: () => {} })
        const peer = await openIn(t, server, generation)
        await peer.enter('/chat')
        peer.emit('/chat', 'reset')
        const threw = kind === 'throws' || kind.endsWith('that throws')
        assert.deepEqual(await seen.take(3), [threw ? 'threw' : 'SIO_USAGE_ACL', [], false])
        peer.ask(1, '/chat', 'say')
        await peer.settled()
        assert.deepEqual(seen.takeAll(), [])
      })
    }
  }
}

test('after a resetAcl that failed, one that does not opens again', async (t) => {
  let answers: unknown[] = [null, undefined, ['on_say']]
  class Guarded extends BaseNamespace {
    override getInitialAcl(): InitialAcl {
      const [answer, ...others] = answers
      answers = others
      return answer as InitialAcl
    }
    on_reset() {
      assert.throws(() => {
        this.resetAcl()
      })
      this.resetAcl()
    }
    on_say() {
      return [...(this.allowedMethods ?? [])]
    }
  }
  const peer = await openIn(t, await startServer(t, { '/chat': Guarded }), '0.9')
  await peer.enter('/chat')
  peer.emit('/chat', 'reset')
  peer.ask(1, '/chat', 'say')
  assert.equal(await peer.next(), 'ack /chat 1 ["on_say"]')
})

type Meddling = (namespace: BaseNamespace) => void

/** What a constructor may call of the ACL. */
const meddling: Readonly<Record<string, Meddling>> = {
  'addAclMethod()': (namespace) => {
    namespace.addAclMethod('on_secret')
  },
  'delAclMethod()': (namespace) => {
    try {
      namespace.delAclMethod('on_say')
    } catch {
      // There is no list yet to take it from.
    }
  },
  'liftAclRestrictions()': (namespace) => {
    namespace.liftAclRestrictions()
  },
  'resetAcl()': (namespace) => {
    namespace.resetAcl()
  },
}

for (const [call, meddle] of Object.entries(meddling)) {
  test(`${call} in a constructor changes nothing for other instances, classes and servers`, async (t) => {
    const inConstructors: unknown[] = []
    class Meddler extends BaseNamespace {
      constructor(...args: ConstructorParameters<NamespaceClass>) {
        super(...args)
        meddle(this)
      }
      override getInitialAcl(): InitialAcl {
        return ['recv_connect', 'on_say']
      }
      on_say() {
        return [...(this.allowedMethods ?? ['everything'])]
      }
      on_secret() {
        return 'secret'
      }
    }
    class Open extends BaseNamespace {
      constructor(...args: ConstructorParameters<NamespaceClass>) {
        super(...args)
        inConstructors.push(this.allowedMethods && [...this.allowedMethods], this.isMethodAllowed('on_say'))
      }
      on_say() {
        return this.allowedMethods
      }
    }
    const servers = [
      await startServer(t, { '/meddler': Meddler, '/open': Open }),
      await startServer(t, { '/meddler': Meddler, '/open': Open }),
    ]
    const first = await openIn(t, servers[0] as TestServer, '4')
    await first.enter('/open')
    const untouched = JSON.stringify(inConstructors.splice(0))
    for (const server of [...servers, ...servers]) {
      const peer = await openIn(t, server, '4')
      await peer.enter('/meddler')
      await peer.enter('/open')
      peer.ask(1, '/meddler', 'say')
      assert.equal(await peer.next(), 'ack /meddler 1 ["recv_connect","on_say"]')
      peer.ask(2, '/meddler', 'secret')
      assert.match(await peer.next(), /^event \/meddler error \["method_access_denied"/)
      peer.ask(3, '/open', 'say')
      assert.equal(await peer.next(), 'ack /open 3 [null]')
    }
    // A constructor sees what it saw before anybody had meddled.
    while (inConstructors.length > 0) assert.equal(JSON.stringify(inConstructors.splice(0, 2)), untouched)
  })
}
