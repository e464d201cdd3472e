// Owns: bytes as arguments and in acks, both ways; a client of 0.9 gets them as JSON has them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace } from '../../../lib/index.js'
import { Journal } from '../../support/journal.js'
import type { Row } from './row.js'

const bytes = [0, 1, 127, 128, 255, 10, 30]

export function binarySuite(row: Row): void {
  test(`${row.name}: bytes reach the client, in an event and in an ack`, async (t) => {
    class Bytes extends BaseNamespace {
      on_bytes(): unknown {
        this.emit('bytes', 'before', { deep: Buffer.from(bytes) }, Buffer.alloc(0), 'after')
        return { deep: [Buffer.from(bytes)] }
      }
    }
    const { client } = await row.open(t, { '/bytes': Bytes })
    const outcome = await client.run(async ({ connect, next, ask }) => {
      // Bytes are a Buffer or an ArrayBuffer, which a page cannot hand back as they are.
      const shown = (value: unknown): unknown => {
        if (value instanceof ArrayBuffer) return { bytes: [...new Uint8Array(value)] }
        if (value instanceof Uint8Array) return { bytes: [...value] }
        if (Array.isArray(value)) return value.map(shown)
        if (typeof value !== 'object' || value === null) return value
        return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shown(inner)]))
      }
      const socket = connect('/bytes')
      const event = next(socket, 'bytes')
      const answer = await ask(socket, 'bytes')
      return [await event, answer].map(shown)
    })
    const seen = (list: number[]): unknown => (row.words.hasBinary ? { bytes: list } : { type: 'Buffer', data: list })
    assert.deepEqual(outcome, [['before', { deep: seen(bytes) }, seen([]), 'after'], [{ deep: [seen(bytes)] }]])
  })

  if (!row.words.hasBinary) return

  test(`${row.name}: bytes reach the server, in an event and in an ack`, async (t) => {
    const journal = new Journal()
    class Bytes extends BaseNamespace {
      async on_bytes(text: string, first: { deep: Buffer }, second: Buffer): Promise<number> {
        journal.note([text, Buffer.isBuffer(first.deep), [...first.deep], [...second]])
        const answer = await this.emitWithAck('ask', Buffer.from('question'))
        journal.note([Buffer.isBuffer(answer), [...(answer as Buffer)]])
        return first.deep.length
      }
    }
    const { client } = await row.open(t, { '': Bytes })
    const answer = await client.run(async ({ connect, ask }, list) => {
      const socket = connect()
      socket.on('ask', (_question: never, ack: (answer: unknown) => void) => {
        ack(new Uint8Array(list).buffer)
      })
      return ask(socket, 'bytes', 'text', { deep: new Uint8Array(list).buffer }, new Uint8Array(0).buffer)
    }, bytes)
    assert.deepEqual(answer, [bytes.length])
    assert.deepEqual(journal.entries, [
      ['text', true, bytes, []],
      [true, bytes],
    ])
  })

  test(`${row.name}: a hundred thousand bytes pass in both directions`, async (t) => {
    class Bytes extends BaseNamespace {
      on_turn(data: Buffer): Buffer {
        return data.map((byte) => 255 - byte) as Buffer
      }
    }
    const { client } = await row.open(t, { '': Bytes })
    const isRight = await client.run(async ({ connect, ask }) => {
      const data = Uint8Array.from({ length: 100_000 }, (_none, index) => index % 251)
      const [answer] = (await ask(connect(), 'turn', data.buffer)) as [ArrayBuffer]
      const turned = new Uint8Array(answer)
      return turned.length === data.length && turned.every((byte, index) => byte === 255 - (data[index] ?? 0))
    })
    assert.equal(isRight, true)
  })
}
