// Owns: what a function of io.use() may pass to next(): nothing lets in, an error refuses.
// Elsewhere: when it is asked, and in which order (../admission.test.ts, outside.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace } from '../../../lib/index.js'
import { generations, openBare, openIn } from '../../support/generations.js'
import { startServer } from '../../support/server.js'

class Chat extends BaseNamespace {}

type Next = (...answer: unknown[]) => void

const lettingIn: Readonly<Record<string, (next: Next) => unknown>> = {
  'next()': (next) => {
    next()
  },
  'next(null)': (next) => {
    next(null)
  },
  'next(undefined)': (next) => {
    next(undefined)
  },
  'next(null) from an async function': async (next) => {
    await new Promise(setImmediate)
    next(null)
  },
  'next() called twice': (next) => {
    next()
    next(new Error('too late'))
  },
}

const refusing: Readonly<Record<string, readonly [admission: (next: Next) => unknown, message: string | undefined]>> = {
  'next(error)': [(next) => next(new Error('not you')), 'not you'],
  'next(error) called first': [
    (next) => {
      next(new Error('not you'))
      next()
    },
    'not you',
  ],
  // Whoever passes something that is no error means a refusal: it never fails open.
  "next('text')": [(next) => next('not you'), undefined],
  'next(object)': [(next) => next({ message: 'not you' }), undefined],
  'next(true)': [(next) => next(true), undefined],
}

for (const generation of generations) {
  for (const [name, admission] of Object.entries(lettingIn)) {
    test(`${name} lets a client of ${generation} in`, async (t) => {
      const server = await startServer(t, { '': Chat, '/chat': Chat }, { errorHandler: () => {} })
      server.io.use((_socket, next) => admission(next as Next))
      const peer = await openIn(t, server, generation)
      await peer.enter('/chat')
      peer.emit('', 'anything')
      await peer.settled()
      assert.ok(peer.isOpen)
    })
  }

  for (const [name, [admission, message]] of Object.entries(refusing)) {
    test(`${name} refuses a client of ${generation}`, async (t) => {
      const server = await startServer(t, { '/chat': Chat }, { errorHandler: () => {} })
      server.io.use((_socket, next) => admission(next as Next))
      const peer = await openBare(t, server, generation)
      if (generation !== '4') await peer.next()
      peer.connect('/chat')
      assert.equal(await peer.next(), 'refused /chat')
      if (message !== undefined && generation === '4') {
        assert.equal(peer.frames.at(-1), `44/chat,{"message":"${message}"}`)
      }
      assert.deepEqual(await server.io.of('/chat').fetchSockets(), [])
    })
  }
}
