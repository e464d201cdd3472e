// Owns: much at once: many packets in one payload, and one very long argument.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace } from '../../../lib/index.js'
import { Journal } from '../../support/journal.js'
import type { Row } from './row.js'

const count = 600
const numbers = Array.from({ length: count }, (_none, index) => index)

export function bulkSuite(row: Row): void {
  test(`${row.name}: hundreds of packets queued by the client arrive in order`, async (t) => {
    const journal = new Journal<number>()
    class Counting extends BaseNamespace {
      async on_number(number: number): Promise<void> {
        // Now and then a handler takes longer than those after it.
        if (number % 50 === 0) await this.sleep(1)
        journal.note(number)
      }
    }
    const { client } = await row.open(t, { '/counting': Counting })
    await client.run(async ({ connect, next }, sent) => {
      const socket = connect('/counting')
      await next(socket, 'connect')
      for (const number of sent) socket.emit('number', number)
    }, numbers)
    assert.deepEqual(await journal.until(count), numbers)
  })

  test(`${row.name}: hundreds of packets sent by the server arrive in order`, async (t) => {
    class Counting extends BaseNamespace {
      on_count(last: number): void {
        for (let number = 0; number < last; number++) this.emit('number', number, '\ufffd😀')
      }
    }
    const { client } = await row.open(t, { '': Counting })
    const received = await client.run(async ({ connect, collect }, last) => {
      const socket = connect()
      socket.emit('count', last)
      return collect(socket, 'number', last)
    }, count)
    assert.deepEqual(received, numbers)
  })

  test(`${row.name}: an argument of one megabyte passes in both directions`, async (t) => {
    const lengths = new Journal<number>()
    class Long extends BaseNamespace {
      on_long(text: string): string {
        lengths.note(text.length)
        return text.toUpperCase()
      }
    }
    const { client } = await row.open(t, { '': Long }, { maxHttpBufferSize: 8_000_000 })
    const isWhole = await client.run(async ({ connect, ask }) => {
      const text = '0123456é'.repeat(131_072)
      const [answer] = await ask(connect(), 'long', text)
      return answer === text.toUpperCase()
    })
    assert.deepEqual(await lengths.until(1), [1_048_576])
    assert.equal(isWhole, true)
  })
}
