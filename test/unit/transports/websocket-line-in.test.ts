// Owns: what the unit tests say of text that is read past ws: nothing else may come of it than ws alone makes of the bytes.
// Elsewhere: what is written (websocket-line-out.test.ts).
import '../../support/with-shortcuts.js'
import assert from 'node:assert/strict'
import type { Writable } from 'node:stream'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import * as fc from 'fast-check'
import * as ws from 'ws'
import { readDirectly } from '../../../lib/transports/websocket-line.js'
import { clientFrame } from '../../support/client-frame.js'

// ws has it, and its types do not.
const { Receiver } = ws as unknown as { Receiver: new (options: object) => Writable }

/** What comes out for bytes that come in those chunks; without `take`, of ws alone. */
async function read(chunks: readonly Buffer[], take?: (text: string) => boolean, maxPayload = 100_000) {
  const heard: string[] = []
  const direct: string[] = []
  const receiver = new Receiver({ isServer: true, maxPayload })
  receiver.on('message', (data: Buffer, isBinary: boolean) => heard.push(`${isBinary} ${data.toString('latin1')}`))
  for (const name of ['ping', 'pong', 'conclude']) {
    receiver.on(name, (...args: unknown[]) => heard.push(`${name} ${args.map(String).join()}`))
  }
  receiver.on('error', (error: Error) => heard.push(error.message))
  if (take !== undefined) {
    readDirectly({ extensions: '', _receiver: receiver } as unknown as ws.WebSocket, {
      fail() {},
      readText(content) {
        const isTaken = take(content)
        if (isTaken) {
          direct.push(content)
          heard.push(`false ${content}`)
        }
        return isTaken
      },
    })
  }
  for (const chunk of chunks) {
    // Behind a close frame a websocket gives nothing more to its receiver.
    if (receiver.writableEnded || receiver.destroyed) break
    // Masks are taken off in place.
    receiver.write(Buffer.from(chunk))
  }
  // Streams tell their errors in the next turn.
  await setImmediate()
  return { heard, direct }
}

const everything = () => true

test('a whole text frame in ASCII is read at once, and several in one chunk in their order', async () => {
  const texts = ['5::/chat:{}', 'x'.repeat(125), 'y'.repeat(126), 'z'.repeat(1_024), '', 'last']
  const { heard, direct } = await read([Buffer.concat(texts.map((text) => clientFrame(text)))], everything)
  assert.deepEqual(direct, texts)
  assert.deepEqual(
    heard,
    texts.map((text) => `false ${text}`),
  )
})

test('what its owner does not take goes to ws as it came, and the rest of its chunk with it', async () => {
  const chunks = [['4a', '2::', '4b'], ['4c']].map((texts) => Buffer.concat(texts.map((text) => clientFrame(text))))
  const { heard, direct } = await read(chunks, (text) => text.startsWith('4'))
  assert.deepEqual(direct, ['4a', '4c'])
  assert.deepEqual(heard, ['false 4a', 'false 2::', 'false 4b', 'false 4c'])
})

test('text past ASCII is left to ws, which validates it', async () => {
  const chunks = [clientFrame('é'), clientFrame('a'), clientFrame(Uint8Array.of(0xc3, 0x28))]
  const { heard, direct } = await read(chunks, everything)
  assert.deepEqual(direct, ['a'])
  assert.deepEqual(heard, ['false Ã©', 'false a', 'Invalid WebSocket frame: invalid UTF-8 sequence'])
})

test('a message past the bound is refused by ws, and nothing is read after it', async () => {
  const chunk = Buffer.concat(['12345', '123456', '1'].map((text) => clientFrame(text)))
  const { heard, direct } = await read([chunk], everything, 5)
  assert.deepEqual(direct, ['12345'])
  assert.deepEqual(heard, ['false 12345', 'Max payload size exceeded'])
})

test('nothing is read after a close frame', async () => {
  const frames = [clientFrame('a'), clientFrame(Uint8Array.of(3, 232), { opcode: 8 }), clientFrame('b')]
  for (const chunks of [frames, [Buffer.concat(frames)]]) {
    assert.deepEqual((await read(chunks, everything)).heard, ['false a', 'conclude 1000,'])
  }
})

test('a websocket with an extension, or of another make, is left as it is', () => {
  const receiver = new Receiver({ isServer: true })
  for (const [extensions, _receiver] of [
    ['permessage-deflate', receiver],
    ['', undefined],
    ['', { write() {} }],
  ] as const) {
    readDirectly({ extensions, _receiver } as unknown as ws.WebSocket, { readText: everything, fail() {} })
  }
  assert.equal(Object.hasOwn(receiver, 'write'), false)
  readDirectly({ extensions: '', _receiver: receiver } as unknown as ws.WebSocket, { readText: everything, fail() {} })
  assert.equal(Object.hasOwn(receiver, 'write'), true)
})

const payloads = fc.oneof(
  fc.string({ maxLength: 200 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.uint8Array({ maxLength: 140 }),
  fc.integer({ min: 1_000, max: 1_100 }).map((length) => 'z'.repeat(length)),
)
const options = fc.oneof(
  { weight: 6, arbitrary: fc.constant({}) },
  { weight: 2, arbitrary: fc.record({ opcode: fc.constantFrom(0, 1, 2, 8, 9, 10), isFinal: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      opcode: fc.nat({ max: 15 }),
      isFinal: fc.boolean(),
      isMasked: fc.boolean(),
      reserved: fc.nat({ max: 7 }),
    }),
  },
)
const frames = fc.tuple(payloads, options).map(([payload, how]) => clientFrame(payload, how))

test('whatever comes, cut at any byte, comes out as ws alone would have it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(frames, { maxLength: 8 }),
      fc.array(fc.nat({ max: 400 }), { maxLength: 6 }),
      async (sent, sizes) => {
        const bytes = Buffer.concat(sent)
        const chunks: Buffer[] = []
        let at = 0
        for (const size of [...sizes, bytes.length]) chunks.push(bytes.subarray(at, (at += size)))
        const mine = await read(chunks, (text) => !text.startsWith('a'))
        assert.deepEqual(mine.heard, (await read(chunks)).heard)
      },
    ),
    { numRuns: 2_000 },
  )
})
