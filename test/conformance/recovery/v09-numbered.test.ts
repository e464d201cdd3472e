// Owns: a numbered stream to the real client of 0.9 whose connections break: with the counting lines nothing is lost and nothing
// comes twice; without them nothing comes twice.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { BaseNamespace, type Options } from '../../../lib/index.js'
import { startServer } from '../../support/server.js'
import { countingClient, type CountingClient } from './v09-counting.js'

const events = 300

class Feed extends BaseNamespace {
  on_start(): void {
    this.spawn(async () => {
      for (let n = 0; n < events; n++) {
        this.emit('tick', n)
        await this.sleep(2)
      }
      this.emit('over')
    })
  }
}

interface Stream {
  readonly heard: readonly number[]
  readonly client: CountingClient
  readonly resumed: number
}

async function stream(t: TestContext, transport: string, isCounting: boolean, options: Options = {}): Promise<Stream> {
  const { io, server, url } = await startServer(t, { '/feed': Feed }, { recovery: true, ...options })
  const connections = new Set<import('node:net').Socket>()
  server.on('connection', (connection) => {
    connections.add(connection)
    connection.on('close', () => connections.delete(connection))
  })
  const client = countingClient(t, `${url}/feed`, transport, isCounting)
  const heard: number[] = []
  client.on('tick', (n: number) => heard.push(n))
  const over = new Promise((resolve) => client.on('over', resolve))
  await client.next('connect')
  client.emit('start')
  let cuts = 0
  const cutter = setInterval(() => {
    if (++cuts <= 4) for (const connection of connections) connection.resetAndDestroy()
  }, 130)
  t.after(() => {
    clearInterval(cutter)
  })
  await over
  return { heard, client, resumed: io.stats().resumed }
}

const all = Array.from({ length: events }, (_, n) => n)

for (const transport of ['websocket', 'xhr-polling']) {
  test(`${transport}: a client that counts gets every event once, in order`, async (t) => {
    const { heard, resumed } = await stream(t, transport, true)
    assert.deepEqual(heard, all)
    assert.ok(resumed >= 2, `resumed ${resumed} times`)
  })

  test(`${transport}: a client that does not count gets none twice`, async (t) => {
    const { heard, resumed } = await stream(t, transport, false)
    assert.equal(new Set(heard).size, heard.length)
    assert.deepEqual(
      heard,
      heard.toSorted((a, b) => a - b),
    )
    assert.ok(resumed >= 2, `resumed ${resumed} times`)
  })
}
