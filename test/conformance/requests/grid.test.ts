// Owns: requests of every shape, asked of us and of engine.io's own server side by side: both go on, and answer in the same
// class of status, or the difference is one of those that are listed here with its reason.
// Elsewhere: what single answers say (../modern/engine-handshake.test.ts), 0.9 (grid-09.test.ts).
import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { Server as EngineServer, type Socket } from 'engine.io'
import { BaseNamespace } from '../../../lib/index.js'
import { startServer } from '../../support/server.js'
import { Random } from '../../fuzz/random.js'
import { revisionOf, rows, send, urlOf, type Got, type Row } from './grid.js'

/** engine.io as Socket.IO has it, and something to say to whoever polls. */
async function startReference(t: TestContext): Promise<string> {
  const engine = new EngineServer({ allowEIO3: true })
  engine.on('connection', (socket: Socket) => {
    // Half a minute, it would wait for a last poll.
    Reflect.set(socket.transport, 'closeTimeout', 100)
    socket.send('hello')
  })
  const server = http.createServer((_request, response) => {
    response.writeHead(404).end()
  })
  engine.attach(server, { path: '/socket.io', addTrailingSlash: false, destroyUpgradeTimeout: 5 })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    engine.close()
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A session of the revision, to which something is to be said. */
async function openSession(url: string, revision: 3 | 4): Promise<string> {
  const query = `EIO=${revision}&transport=polling`
  const { body } = await send(url, `/socket.io/?${query}`, { method: 'GET', upgrade: '' })
  const sid = /"sid":"([^"]+)"/.exec(body)?.[1]
  assert.ok(sid !== undefined, body)
  if (revision === 4) {
    const answer = await fetch(`${url}/socket.io/?${query}&sid=${sid}`, { method: 'POST', body: '40' })
    assert.equal(await answer.text(), 'ok')
  }
  return sid
}

const usesLive = ({ sid }: Row): boolean => /live|encoded/.test(sid)

interface Difference {
  readonly reason: string
  readonly isOne: (row: Row, ours: Got, theirs: Got) => boolean
}

const differences: readonly Difference[] = [
  {
    reason:
      'engine.io takes every URL that begins with its path for its own; what is not ours is the next one in the app',
    isOne: ({ path }, { status }) => !['/socket.io/', '/socket.io'].includes(path) && status === 404,
  },
  {
    reason: 'RFC 9110, 7.8: an Upgrade to something else than a websocket is ignored',
    isOne: ({ upgrade }) => upgrade === 'h2c',
  },
  {
    reason: 'a revision that nobody speaks is refused by its number; engine.io takes all but 4 for 3',
    isOne: ({ eio }, { body }) => /=(?:5|abc)$/.test(eio) && body.includes('Unsupported protocol version'),
  },
  {
    reason: 'of a parameter that comes twice, the first counts; engine.io takes the last',
    isOne: ({ eio, transport, sid }) => /&EIO|&transport|, then/.test(`${eio} ${transport} ${sid}`),
  },
  {
    reason: 'HEAD, DELETE and OPTIONS are no methods of a session; engine.io answers 500, or a preflight without CORS',
    isOne: ({ method }, { status }) => ['HEAD', 'DELETE', 'OPTIONS'].includes(method) && status === 405,
  },
]

const classOf = ({ status }: Got): number => Math.floor(status / 100)

test('requests of every shape get the class of status that engine.io gives them, but for the differences that are listed', async (t) => {
  t.mock.method(console, 'warn', () => {})
  const ours = (await startServer(t, { '': BaseNamespace })).url
  const theirs = await startReference(t)
  const used = new Map<string, number>()
  const seed = Number(process.env['GRID_SEED'] ?? 20_261_127)
  let asked = 0
  for (const row of rows(new Random(seed), 1_500)) {
    const got: Got[] = []
    for (const url of [ours, theirs]) {
      const live = usesLive(row) ? await openSession(url, revisionOf(row)) : ''
      got.push(await send(url, urlOf(row, live, await otherSid(ours, row)), row))
    }
    asked++
    const [our, their] = got as [Got, Got]
    if (classOf(our) === classOf(their)) continue
    const difference = differences.find(({ isOne }) => isOne(row, our, their))
    const what = `${JSON.stringify(row)} (seed ${seed}): ${our.status} ${our.body}, and not ${their.status} ${their.body}`
    assert.ok(difference !== undefined, what)
    used.set(difference.reason, (used.get(difference.reason) ?? 0) + 1)
  }
  assert.ok(asked > 3_000, String(asked))
  // What is listed is there: a difference that has gone is taken off the list.
  for (const { reason } of differences) assert.ok(used.has(reason), reason)
  for (const url of [ours, theirs]) assert.match(await openSession(url, 4), /^[\w-]{20}$/)
})

async function otherSid(ours: string, { sid }: Row): Promise<string> {
  if (sid !== 'of the other wire') return ''
  const { body } = await send(ours, '/socket.io/1/', { method: 'GET', upgrade: '' })
  return body.slice(0, body.indexOf(':'))
}
