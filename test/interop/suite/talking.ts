// Owns: what passes between a client and its namespace: messages, JSON, events and their acks.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace } from '../../../lib/index.js'
import { Journal } from '../../support/journal.js'
import type { Row } from './row.js'

// Some of these end a packet, a payload, a script or a string on their way, where they are not escaped.
const awkwardTexts = [
  'é ß 漢字',
  'emoji 😀 and 👩‍👩‍👧',
  'a \ufffd b',
  '\ufffd3\ufffd0::',
  'line\u2028and\u2029paragraph',
  '</script><script>throw 1</script>',
  '<!-- --><b>',
  'a\\/b and \\\\/ and //',
  'quotes " \' ` and \\ backslash',
  'one\ntwo\r\nthree\ttab',
  'a:b::c',
  '100% &amp; +plus+ =',
]

class Echo extends BaseNamespace {
  // Newer clients have one message for both, and send any value in it.
  override recv_message(data: unknown): void {
    this.send(data, { json: typeof data !== 'string' })
  }

  override recv_json(data: unknown): void {
    this.send(data, { json: true })
  }

  on_echo(...args: unknown[]): void {
    this.emit('echoed', ...args)
  }

  on_one(value: unknown): unknown {
    return value
  }

  on_pair(first: unknown, second: unknown): unknown[] {
    return [first, second]
  }

  async on_later(value: unknown): Promise<unknown> {
    await this.sleep(1)
    return value
  }

  on_nothing(): void {}

  on_transport(): unknown {
    return this.socket.transport
  }
}

export function talkingSuite(row: Row): void {
  test(`${row.name}: the global namespace connects over this transport`, async (t) => {
    const { client } = await row.open(t, { '': Echo })
    const connected = await client.run(async ({ connect, next, ask }) => {
      const socket = connect()
      await next(socket, 'connect')
      await socket.socket.settled?.()
      return [socket.socket.transport?.name, ...(await ask(socket, 'transport'))]
    })
    assert.deepEqual(connected, [row.transport, row.transport])
  })

  test(`${row.name}: a message comes back as it was sent`, async (t) => {
    const { client } = await row.open(t, { '': Echo })
    const messages = await client.run(async ({ connect, collect }, texts) => {
      const socket = connect()
      for (const text of texts) socket.send(text)
      return collect(socket, 'message', texts.length)
    }, awkwardTexts)
    assert.deepEqual(messages, awkwardTexts)
  })

  test(`${row.name}: any JSON value comes back as it was sent`, async (t) => {
    const values = [{ a: { b: [1, 2.5, null] } }, [], 'text', 0, false, null, awkwardTexts]
    const { client } = await row.open(t, { '': Echo })
    const messages = await client.run(async ({ connect, collect }, sent) => {
      const socket = connect()
      for (const value of sent) socket.json.send(value)
      return collect(socket, 'message', sent.length)
    }, values)
    assert.deepEqual(messages, values)
  })

  test(`${row.name}: an event comes back with all its arguments`, async (t) => {
    const args = [1, 'two', { three: [3] }, null, true, ...awkwardTexts]
    const { client } = await row.open(t, { '': Echo })
    const echoed = await client.run(async ({ connect, next }, sent) => {
      const socket = connect()
      socket.emit('echo', ...sent)
      return next(socket, 'echoed')
    }, args)
    assert.deepEqual(echoed, args)
  })

  test(`${row.name}: what a handler returns are the arguments of the client's callback`, async (t) => {
    const { client } = await row.open(t, { '': Echo })
    const answers = await client.run(async ({ connect, ask }, text) => {
      const socket = connect()
      return Promise.all([
        ask(socket, 'one', text),
        ask(socket, 'pair', text, { b: 2 }),
        ask(socket, 'later', 'late'),
        ask(socket, 'nothing'),
      ])
    }, awkwardTexts.join())
    assert.deepEqual(answers, [[awkwardTexts.join()], [awkwardTexts.join(), { b: 2 }], ['late'], []])
  })

  test(`${row.name}: the callback of send() is called when the message has arrived`, async (t) => {
    const { client } = await row.open(t, { '': Echo })
    const answers = await client.run(({ connect }) => {
      const socket = connect()
      return Promise.all([
        new Promise<string>((resolve) => {
          socket.send('text', () => {
            resolve('message')
          })
        }),
        new Promise<string>((resolve) => {
          socket.json.send({}, () => {
            resolve('json')
          })
        }),
      ])
    })
    assert.deepEqual(answers, ['message', 'json'])
  })

  test(`${row.name}: the client's acks reach the callbacks and promises of the server`, async (t) => {
    const journal = new Journal()
    class Asking extends BaseNamespace {
      async on_ready(): Promise<void> {
        this.emit('add', 1, 2, (sum: unknown) => {
          journal.note(['callback', sum])
        })
        this.send('a text', {
          callback: () => {
            journal.note(['message'])
          },
        })
        this.send(
          { json: true },
          {
            json: true,
            callback: () => {
              journal.note(['json'])
            },
          },
        )
        journal.note(['promise', await this.emitWithAck('add', '😀', '</script>')])
      }
    }
    const { client } = await row.open(t, { '/asking': Asking })
    await client.run(({ connect }) => {
      const socket = connect('/asking')
      // The library of 0.9 acknowledges a message by itself; in newer ones the page does.
      socket.on('message', (_message: never, ack?: () => void) => {
        ack?.()
      })
      socket.on('add', (one: never, other: never, ack: (sum: unknown) => void) => {
        ack(one + other)
      })
      socket.emit('ready')
    })
    assert.deepEqual(await journal.until(4), [['callback', 3], ['message'], ['json'], ['promise', '😀</script>']])
  })
}
