// Owns: the request behind a client of Socket.IO 2 to 4: its session and its cookies, also where an upgrade comes first.
// Elsewhere: the same in pages, whose browser keeps the cookies (browser/page-suite.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Request } from 'express'
import { BaseNamespace } from '../../lib/index.js'
import { nodeClient } from '../support/node-client.js'
import { startRestartable } from '../support/restartable.js'
import { modernWays } from './suite/node-rows.js'

class Who extends BaseNamespace<{ request: Request }> {
  on_who(): unknown {
    const { session, sessionID, url } = this.request
    return [session.user, this.environ.headers.cookie?.includes(sessionID), url.includes('sid=')]
  }

  // What the store has, and not what this request remembers.
  async on_kept(): Promise<unknown> {
    const kept = await new Promise<unknown>((resolve) => {
      this.request.sessionStore.get(this.request.sessionID, (_error, found) => resolve(found?.user))
    })
    return kept
  }

  async on_rename(name: string): Promise<void> {
    this.request.session.user = name
    await new Promise<void>((resolve, reject) => {
      this.request.session.save((error?: Error) => (error ? reject(error) : resolve()))
    })
  }
}

for (const generation of ['2', '3', '4'] as const) {
  for (const way of modernWays) {
    test(`client ${generation} by ${way}: the session of its first request is there in handlers`, async (t) => {
      const app = await startRestartable(t, { '/who': Who })
      const login = await fetch(`${app.url}/login?user=ada`)
      const Cookie = String(login.headers.getSetCookie()[0]).split(';')[0]
      const client = nodeClient(t, app.url, way, generation)
      const answers = await client.run(
        async ({ connect, ask }, extraHeaders) => {
          const socket = connect('/who', { extraHeaders })
          const before = await ask(socket, 'who')
          // What the websocket's own request brings replaces nothing.
          await socket.socket.settled?.()
          await ask(socket, 'rename', 'grace')
          const again = await ask(socket, 'who')
          return [before, again, await ask(connect('/who', { extraHeaders }), 'who')]
        },
        { Cookie },
      )
      assert.deepEqual(answers, [
        ['ada', true, false],
        ['grace', true, false],
        ['grace', true, false],
      ])
    })
  }
}

for (const generation of ['2', '3', '4'] as const) {
  test(`client ${generation} by websocket: an upgrade that is the server's first request has a session`, async (t) => {
    const app = await startRestartable(t, { '/who': Who })
    const answer = await nodeClient(t, app.url, 'websocket', generation).run(async ({ connect, ask }) => {
      const socket = connect('/who')
      await ask(socket, 'rename', 'grace')
      return ask(socket, 'kept')
    })
    assert.deepEqual(answer, ['grace'])
  })
}
