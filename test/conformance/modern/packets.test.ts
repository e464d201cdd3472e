// Owns: events and acks of clients of Socket.IO 2 to 4, with and without attachments, over websockets.
// Elsewhere: the same over polling (engine-polling.test.ts), connecting (connect.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace } from '../../../lib/index.js'
import { connectWebSocket } from '../../support/engine-peer.js'
import { Journal } from '../../support/journal.js'
import { faces, startServer } from '../../support/server.js'

const one = Buffer.from([1, 2, 3])
const two = Buffer.from([4, 5, 6])
const first = '{"_placeholder":true,"num":0}'
const second = '{"_placeholder":true,"num":1}'

class Suite extends BaseNamespace {
  on_message(...args: unknown[]) {
    this.emit('message-back', ...args)
  }
  'on_message-with-ack'(...args: unknown[]) {
    return args
  }
  on_nothing() {}
  on_list() {
    return [['a', 'b']]
  }
  on_fails() {
    throw new Error('a secret of ours')
  }
  on_say() {
    this.send('hello')
    this.send({ a: 1 }, { json: true })
  }
}

type Frames = readonly (string | Buffer)[]

// What a client sends and all that it gets; alike in both revisions.
const transcripts: readonly (readonly [rule: string, sent: Frames, received: Frames])[] = [
  ['an event', ['42["message",1,"2",{"3":[true]}]'], ['42["message-back",1,"2",{"3":[true]}]']],
  ['an event without arguments', ['42["message"]'], ['42["message-back"]']],
  ['an event with an emoji and line separators', ['42["message","é😀\u2028"]'], ['42["message-back","é😀\u2028"]']],
  ['an event that wants an ack', ['42456["message-with-ack",1,"2",{"3":[false]}]'], ['43456[1,"2",{"3":[false]}]']],
  ['an event with id 0', ['420["message-with-ack",1]'], ['430[1]']],
  ['an ack without arguments', ['421["nothing"]'], ['431[]']],
  ['an ack with a list', ['421["list"]'], ['431[["a","b"]]']],
  [
    'an event with attachments',
    [`452-["message",${first},${second}]`, one, two],
    [`452-["message-back",${first},${second}]`, one, two],
  ],
  [
    'an event with attachments deep inside',
    [`451-["message",{"a":[${first}]}]`, one],
    [`451-["message-back",{"a":[${first}]}]`, one],
  ],
  [
    'an event with attachments that wants an ack',
    [`452-789["message-with-ack",${first},${second}]`, one, two],
    [`462-789[${first},${second}]`, one, two],
  ],
  [
    'an empty attachment',
    [`451-["message",${first}]`, Buffer.alloc(0)],
    [`451-["message-back",${first}]`, Buffer.alloc(0)],
  ],
  ['what send() sends', ['42["say"]'], ['42["message","hello"]', '42["message",{"a":1}]']],
  [
    'an event that nothing handles',
    ['42["nope"]', '421["nothing"]'],
    ['42["error","no_such_method","The method \\"on_nope\\" was not found"]', '431[]'],
  ],
  [
    'an event of a name that every object has',
    ['42["__proto__"]', '421["nothing"]'],
    ['42["error","no_such_method","The method \\"on___proto__\\" was not found"]', '431[]'],
  ],
  [
    'a handler that fails',
    ['421["fails"]', '422["nothing"]'],
    ['42["error","handler_failed","The method \\"on_fails\\" failed"]', '432[]'],
  ],
]

for (const face of faces) {
  for (const revision of [4, 3] as const) {
    for (const [rule, sent, received] of transcripts) {
      test(`${rule} is answered byte for byte, in revision ${revision} on ${face}`, async (t) => {
        const { url } = await startServer(t, { '': Suite }, {}, face)
        const peer = await connectWebSocket(t, url, revision)
        peer.send(...sent.map((frame) => binaryOf(frame, revision)))
        for (const frame of received) assert.deepEqual(await peer.frame(), binaryOf(frame, revision))
      })
    }

    test(`the answers of a client reach whoever asked, with attachments too, in revision ${revision} on ${face}`, async (t) => {
      const journal = new Journal()
      class Asking extends BaseNamespace {
        async on_ask(question: unknown) {
          journal.note(await this.emitWithAck('question', question))
        }
      }
      const { url } = await startServer(t, { '': Asking }, {}, face)
      const peer = await connectWebSocket(t, url, revision)
      peer.send('42["ask",1]')
      const plain = /^42(\d+)\["question",1\]$/.exec(await peer.text())
      peer.send(`43${plain?.[1]}["answer"]`, '42["ask",2]')
      const binary = /^42(\d+)\["question",2\]$/.exec(await peer.text())
      peer.send(`461-${binary?.[1]}[${first}]`, binaryOf(one, revision))
      assert.deepEqual(await journal.until(2), ['answer', one])
    })

    test(`an ack that nobody waits for is ignored, in revision ${revision} on ${face}`, async (t) => {
      const { url } = await startServer(t, { '': Suite }, {}, face)
      const peer = await connectWebSocket(t, url, revision)
      peer.send('43999999["a"]', '421["nothing"]')
      assert.equal(await peer.text(), '431[]')
    })
  }
}

// A message of revision 3 says its type in binary, too.
function binaryOf(frame: string | Buffer, revision: 3 | 4): string | Buffer {
  return typeof frame === 'string' || revision === 4 ? frame : Buffer.concat([Buffer.from([4]), frame])
}
