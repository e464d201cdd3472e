// Owns: what only a page does: it has cookies, and it is closed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Request } from 'express'
import { BaseNamespace } from '../../lib/index.js'
import { FakeClock } from '../support/clock.js'
import { Journal } from '../support/journal.js'
import { passTime, recorder } from '../interop/suite/leaving.js'
import type { PageRow } from './rows.js'

class Who extends BaseNamespace<{ request: Request }> {
  on_who(): unknown {
    return [this.request.session.user, this.environ.headers.cookie?.includes('connect.sid=')]
  }
}

export function pageSuite(row: PageRow): void {
  const isModern = row.words.generation !== '0.9'
  const isPolling = row.transport.endsWith('polling') && !isModern
  // What is found out by pings is found out soon.
  const impatience = { pingInterval: 500, pingTimeout: 500 }

  test(`${row.name}: the session that the page's cookie names is there in handlers`, async (t) => {
    const { app, client } = await row.open(t, { '/who': Who })
    const login = await client.page.context().request.get(`${app.url}/login?user=ada`)
    assert.equal(login.status(), 200)
    const answer = await client.run(({ connect, ask }) => ask(connect('/who'), 'who'))
    assert.deepEqual(answer, ['ada', true])
  })

  test(`${row.name}: a tab that is closed ends its namespaces`, async (t) => {
    const journal = new Journal<string>()
    const clock = new FakeClock()
    const { client } = await row.open(t, { '': recorder(journal) }, { clock, ...impatience })
    await client.run(({ connect, ask }) => ask(connect(), 'present'))
    await client.page.close()
    const reasons = isPolling ? await passTime(clock, journal, 1) : await journal.until(1)
    assert.equal(reasons.length, 1)
    // A newer client that still polls may have been between two polls; then silence tells of it.
    const found =
      isModern && row.firstTransport === 'polling' ? /^(transport close|heartbeat timeout)$/ : /^transport close$/
    assert.match(String(reasons[0]), isPolling ? /^close timeout$/ : found)
  })

  if (isModern) return

  test(`${row.name}: a page that leaves by a synchronous request ends its namespaces at once`, async (t) => {
    const journal = new Journal<string>()
    const { client } = await row.open(t, { '': recorder(journal) })
    await client.run(async ({ connect, ask }) => {
      const socket = connect()
      await ask(socket, 'present')
      socket.socket.disconnectSync()
    })
    assert.deepEqual(await journal.until(1), ['client namespace disconnect'])
  })
}
