// Owns: errors of every connection of a PostgreSQL pool are reported, whenever the pool was made, and with nothing known of
// it but what `pg` documents.
// Elsewhere: a PostgreSQL that goes away (cluster/outage-postgres.test.ts).
import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { test } from 'node:test'
import { createAdapter } from '@socket.io/postgres-adapter'
import { Pool } from 'pg'
import { Backplane } from '../../../lib/rooms/backplane.js'
import { guardPool } from '../../../lib/rooms/guard-pool.js'
import { Deadlines } from '../../../lib/support/timers.js'
import { FakeClock } from '../../support/clock.js'

// In place of `pg.Client`, for pg's own pool: it connects to nothing.
class Client extends EventEmitter {
  readonly _queryable = true
  release!: () => void
  connect(done: () => void): void {
    setImmediate(done)
  }
  query(...args: unknown[]): Promise<unknown> {
    const done = args.at(-1)
    if (typeof done === 'function')
      setImmediate(done as (error: undefined, result: object) => void, undefined, { rows: [] })
    return Promise.resolve({ rows: [] })
  }
  end(done?: () => void): void {
    done?.()
  }
}

/** A pool without anything that begins with an underscore, as one that is made otherwise inside. */
function publicPart(pool: Pool): Pool {
  return new Proxy(pool, {
    has: (target, key) => !String(key).startsWith('_') && Reflect.has(target, key),
    get: (target, key): unknown => {
      if (String(key).startsWith('_')) return undefined
      const value: unknown = Reflect.get(target, key)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}

async function turns(): Promise<void> {
  for (let times = 0; times < 5; times++) await new Promise(setImmediate)
}

function setUp() {
  const pool = new Pool({ Client: Client as never, idleTimeoutMillis: 0 })
  const reports: string[] = []
  const deadlines = new Deadlines(new FakeClock())
  const take = async () => (await pool.connect()) as unknown as Client
  const guarding = (adapter: object) => {
    const backplane = new Backplane(deadlines, (error) => reports.push((error as Error).message))
    assert.equal(guardPool(adapter, '/chat', backplane), true)
  }
  return { pool: publicPart(pool), reports, take, guarding }
}

test('a connection that the pool had before it was guarded is listened to when it is taken, once', async () => {
  const { pool, reports, take, guarding } = setUp()
  const earlier = await take()
  earlier.release()
  guarding({ client: { pool } })
  assert.equal(await take(), earlier)
  earlier.emit('error', new Error('lost'))
  assert.deepEqual(reports, ['lost'])
  const listeners = earlier.listenerCount('error')
  for (let times = 0; times < 20; times++) {
    earlier.release()
    assert.equal(await take(), earlier)
  }
  assert.equal(earlier.listenerCount('error'), listeners)
})

test('a connection that the pool makes later is listened to', async () => {
  const { pool, reports, take, guarding } = setUp()
  guarding({ client: { pool } })
  const later = await take()
  later.emit('error', new Error('lost'))
  assert.deepEqual(reports, ['lost'])
})

for (const [when, wait] of [
  ['at once', false],
  ['later', true],
] as const) {
  test(`the connection that the adapter listens on is listened to, where its first endpoint comes ${when}`, async (t) => {
    const { pool, reports, guarding } = setUp()
    const acquired: Client[] = []
    pool.on('acquire', (client) => acquired.push(client as unknown as Client))
    const make = createAdapter(pool)
    if (wait) await turns()
    const nsp = { name: '/chat', sockets: new Map(), adapter: undefined, server: { encoder: { encode: () => [] } } }
    const adapter = make(nsp) as unknown as { init(): void; close(): void }
    t.after(() => {
      adapter.close()
    })
    guarding(adapter)
    await turns()
    assert.equal(acquired.length, 1)
    acquired[0]?.emit('error', new Error('lost'))
    assert.deepEqual(reports, ['lost'])
  })
}
