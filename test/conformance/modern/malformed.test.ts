// Owns: what breaks the grammar of Socket.IO 2 to 4: it ends the connection, and every namespace hears why.
// Elsewhere: what breaks engine.io's (engine-polling.test.ts, engine-upgrade.test.ts), 0.9's (../bad-packets.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace } from '../../../lib/index.js'
import { connectWebSocket, openPolling, openWebSocket, RS } from '../../support/engine-peer.js'
import { Journal } from '../../support/journal.js'
import { faces, startServer } from '../../support/server.js'

function witness() {
  const journal = new Journal()
  class Witness extends BaseNamespace {
    override recv_disconnect(reason: string) {
      journal.note(reason)
      super.recv_disconnect(reason as never)
    }
    on_seen(...args: unknown[]) {
      journal.note(args)
    }
    on_echo(value: unknown) {
      return value
    }
  }
  return { journal, namespaces: { '': Witness, '/other': Witness } }
}

const placeholder = '{"_placeholder":true,"num":0}'
type Frames = readonly (string | Buffer)[]

const malformed: readonly (readonly [what: string, frames: Frames])[] = [
  ['an unknown type', ['4abc']],
  ['a type beyond the last', ['47']],
  ['an event whose payload is an object', ['42{}']],
  ['an event whose payload is empty', ['42[]']],
  ['an event without a payload', ['42']],
  ['an event with an id and no payload', ['421']],
  ['an event whose payload is no JSON', ['42["echo"']],
  ['an event whose id is no number', ['42abc["echo",1]']],
  ['an event whose name is an object', ['42[{}]']],
  ['an event whose name is null', ['42[null]']],
  ['a connect whose payload is no object', ['40/other,"abc"']],
  ['a connect whose payload is a list', ['40/other,[1']],
  ['a disconnect with a payload', ['41["x"]']],
  ['an ack whose payload is an object', ['431{}']],
  ['an ack without an id', ['43["x"]']],
  ['an error, which only servers send', ['44"x"']],
  ['binary where none is due', [Buffer.from([1, 2, 3])]],
  ['a text where binary is due', [`451-["seen",${placeholder}]`, '42["seen"]']],
  ['attachments without a number', [`45-["seen",${placeholder}]`]],
  ['no attachments at all', [`450-["seen",${placeholder}]`]],
  ['a number of attachments that is none', [`45x-["seen",${placeholder}]`]],
  [
    'a placeholder for an attachment that is not there',
    ['451-["seen",{"_placeholder":true,"num":1}]', Buffer.from([1])],
  ],
  [
    'a placeholder with a name that every list has',
    ['451-["seen",{"_placeholder":true,"num":"length"}]', Buffer.from([1])],
  ],
  ...['connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener'].map(
    (name): readonly [string, Frames] => [`the reserved event ${name}`, [`42["${name}"]`]],
  ),
]

for (const face of faces) {
  for (const revision of [4, 3] as const) {
    for (const [what, frames] of malformed) {
      test(`${what} closes a connection of revision ${revision} with a parse error, on ${face}`, async (t) => {
        const { journal, namespaces } = witness()
        const { url } = await startServer(t, namespaces, {}, face)
        const peer = await connectWebSocket(t, url, revision)
        // Shows that the namespace is open.
        peer.send('42["seen"]')
        await journal.until(1)
        for (const frame of frames) {
          peer.send(typeof frame === 'string' || revision === 4 ? frame : Buffer.concat([Buffer.from([4]), frame]))
        }
        assert.deepEqual(await journal.until(2), [[], 'parse error'])
        assert.deepEqual(await peer.rest(), [])
      })
    }

    test(`a malformed packet of revision ${revision} on polling ends the session, on ${face}`, async (t) => {
      const { journal, namespaces } = witness()
      const { url } = await startServer(t, namespaces, {}, face)
      const peer = await openPolling(url, revision)
      if (revision === 4) await peer.post(`40${RS}42["seen"]`)
      else await peer.post('10:42["seen"]')
      await journal.until(1)
      await peer.post(revision === 4 ? '4abc' : '4:4abc').catch(() => {})
      assert.deepEqual(await journal.until(2), [[], 'parse error'])
    })
  }

  for (const [what, frame] of [
    ['an event', '42["echo",1]'],
    ['an event for another namespace', '42/other,["echo",1]'],
    ['a malformed packet', '4abc'],
    ['an error', '44"x"'],
  ] as const) {
    test(`${what} before the connect closes a connection of revision 4, on ${face}`, async (t) => {
      const { url } = await startServer(t, witness().namespaces, {}, face)
      const peer = await openWebSocket(t, url)
      peer.send(frame)
      assert.deepEqual(await peer.rest(), [])
    })
  }

  test(`an event for one namespace before its connect closes the others with a parse error, on ${face}`, async (t) => {
    const { journal, namespaces } = witness()
    const { url } = await startServer(t, namespaces, {}, face)
    const peer = await connectWebSocket(t, url)
    peer.send('42["seen"]')
    await journal.until(1)
    peer.send('42/other,["seen"]')
    assert.deepEqual(await journal.until(2), [[], 'parse error'])
    assert.deepEqual(await peer.rest(), [])
  })

  test(`an ack before its connect closes a connection of revision 5, on ${face}`, async (t) => {
    const { journal, namespaces } = witness()
    const { url } = await startServer(t, namespaces, {}, face)
    const peer = await connectWebSocket(t, url)
    peer.send('42["seen"]')
    await journal.until(1)
    peer.send('43/other,1[]')
    assert.deepEqual(await journal.until(2), [[], 'parse error'])
    assert.deepEqual(await peer.rest(), [])
  })

  test(`a second connect closes a connection of revision 4 with a parse error, on ${face}`, async (t) => {
    const { journal, namespaces } = witness()
    const { url } = await startServer(t, namespaces, {}, face)
    const peer = await connectWebSocket(t, url)
    peer.send('42["seen"]')
    await journal.until(1)
    peer.send('40')
    assert.deepEqual(await journal.until(2), [[], 'parse error'])
    assert.deepEqual(await peer.rest(), [])
  })
}
