// Owns: what clients send with a connect, checked by `static connect` before anything is constructed.
// Elsewhere: events (schemas.test.ts), what refuses a connect otherwise (refusal.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { BaseNamespace } from '../../../lib/index.js'
import { openBare, openIn, type NamespacePeer } from '../../support/generations.js'
import { anything, libraries, schema } from '../../support/schemas.js'
import { startServer } from '../../support/server.js'
import { Queue } from '../../support/wire-client.js'

const said = new Queue<unknown>('a namespace')

class Chat extends BaseNamespace<{ auth: { x: number; kind: string } }> {
  static connect = z.object({ x: z.number(), kind: z.string().default('guest') }) as unknown
  readonly seen = this.auth

  override initialize() {
    said.push(['initialize', this.auth])
  }

  override recv_connect(packet: { auth?: unknown }) {
    said.push(['recv_connect', this.seen, packet.auth])
  }
}

async function answerTo(peer: NamespacePeer, frame: string): Promise<string> {
  const before = peer.frames.length
  peer.send(frame)
  await peer.next()
  return peer.frames.slice(before).join(' ')
}

test('what a client of 4 sends with its connect is what the schema makes of it, from the constructor on', async (t) => {
  const peer = await openBare(t, await startServer(t, { '/chat': Chat }), '4')
  assert.match(await answerTo(peer, '40/chat,{"x":1,"more":2}'), /^40\/chat,/)
  const auth = { x: 1, kind: 'guest' }
  assert.deepEqual(await said.take(2), [
    ['initialize', auth],
    ['recv_connect', auth, auth],
  ])
})

for (const [library, { point }] of Object.entries(libraries)) {
  test(`what is not valid of a connect refuses it by ${library}, and constructs nothing`, async (t) => {
    let constructed = 0
    class Checked extends BaseNamespace {
      static connect = point
      readonly count = constructed++
    }
    const peer = await openBare(t, await startServer(t, { '/chat': Checked, '': Checked }), '4')
    for (const [payload, path] of [
      ['{"x":"hunter2-hunter2"}', ['x']],
      ['{"x":null}', ['x']],
    ] as const) {
      const answer = await answerTo(peer, `40/chat,${payload}`)
      const { message, data } = JSON.parse(answer.slice('44/chat,'.length)) as {
        message: string
        data: { event: string; issues: { message: string; path: unknown }[] }
      }
      assert.deepEqual(
        [message, data.event, data.issues.map((issue) => issue.path)],
        ['invalid_arguments', 'connect', [path]],
      )
      assert.ok(!answer.includes('hunter2'), answer)
    }
    assert.match(await answerTo(peer, '40{"x":"1"}'), /^44\{"message":"invalid_arguments"/)
    assert.equal(constructed, 0)
    assert.match(await answerTo(peer, '40/chat,{"x":1}'), /^40\/chat,/)
  })
}

for (const generation of ['0.9', '2'] as const) {
  test(`a client of ${generation} sends nothing with its connect: a schema that wants something refuses it`, async (t) => {
    class Optional extends BaseNamespace {
      static connect = z.object({ token: z.string() }).default({ token: 'none' })
      override recv_connect() {
        this.emit('auth', this.auth)
      }
    }
    const peer = await openIn(t, await startServer(t, { '/chat': Chat, '/open': Optional }), generation)
    peer.connect('/chat')
    assert.equal(await peer.next(), 'refused /chat')
    peer.connect('/open')
    assert.deepEqual(await peer.take(2), ['connected /open', 'event /open auth [{"token":"none"}]'])
  })

  test(`the class behind '' is not constructed for a client of ${generation} whose schema refuses it: the socket ends`, async (t) => {
    let calls = 0
    class Global extends BaseNamespace {
      static connect = z.string()
      on_say() {
        calls++
      }
    }
    const peer = await openIn(t, await startServer(t, { '': Global }), generation)
    peer.emit('', 'say')
    await peer.ended()
    assert.equal(calls, 0)
  })
}

const broken: Record<string, () => unknown> = {
  throws: () => {
    throw new Error('secret')
  },
  rejects: () => Promise.reject(new Error('secret')),
  'answers garbage': () => 'welcome',
  'answers a promise of garbage': async () => null,
  'never settles': () => new Promise(() => {}),
}
for (const [fault, validate] of Object.entries(broken)) {
  test(`a schema for connects that ${fault} refuses everybody, within handshakeTimeout, and is reported`, async (t) => {
    const reports = new Queue<unknown[]>('a report')
    let constructed = 0
    class Checked extends BaseNamespace {
      static connect = schema(validate)
      readonly count = constructed++
    }
    const options = {
      handshakeTimeout: 200,
      errorHandler: (_socket: unknown, name: string, message: string) => {
        reports.push([name, message])
      },
    }
    const peer = await openBare(t, await startServer(t, { '/chat': Checked, '': BaseNamespace }, options), '4')
    assert.match(await answerTo(peer, '40'), /^40/)
    assert.equal(await answerTo(peer, '40/chat,{}'), '44/chat,{"message":"connection refused"}')
    assert.deepEqual(await reports.next(), ['handler_failed', 'The method "connect" failed'])
    assert.equal(constructed, 0)
  })
}

test('a client that has gone while the schema of its connect was asked is not constructed', async (t) => {
  const asked = new Queue<() => void>('a question')
  let constructed = 0
  class Checked extends BaseNamespace {
    static connect = schema(
      (value) =>
        new Promise((resolve) => {
          asked.push(() => {
            resolve({ value })
          })
        }),
    )
    readonly count = constructed++
  }
  const server = await startServer(t, { '/chat': Checked })
  const peer = await openBare(t, server, '4')
  peer.send('40/chat,{}')
  const answer = await asked.next()
  peer.reset()
  const other = await openBare(t, server, '4')
  other.send('40/chat,{}')
  answer()
  const second = await asked.next()
  second()
  assert.match(await other.next(), /^connected \/chat/)
  assert.equal(constructed, 1)
})

test('a class that is given its schema after it was mounted has it from the next connect on', async (t) => {
  class Late extends BaseNamespace {
    static schemas: Record<string, unknown> = { say: [anything] }
    on_say() {
      return 'said'
    }
  }
  const server = await startServer(t, { '/chat': Late })
  Late.schemas = { say: [z.string()] }
  Object.assign(Late, { connect: z.object({ token: z.string() }) })
  const peer = await openBare(t, server, '4')
  assert.match(await answerTo(peer, '40/chat,{}'), /^44\/chat/)
  assert.match(await answerTo(peer, '40/chat,{"token":"x"}'), /^40\/chat/)
  peer.emit('/chat', 'say', 1)
  assert.match(await peer.next(), /"invalid_arguments"/)
})
