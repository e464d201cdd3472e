// Owns: requests of every shape on 0.9's URLs: each gets the status that the rules below give it, and the server goes on.
// Elsewhere: engine.io's URLs (grid.test.ts), what single answers say (../urls.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace } from '../../../lib/index.js'
import { Random } from '../../fuzz/random.js'
import { faces, startServer } from '../../support/server.js'
import { send } from './grid.js'

interface Row {
  readonly version: string
  readonly transport: string | undefined
  readonly sid: string
  readonly slash: string
  readonly query: string
  readonly method: string
  readonly upgrade: string
}

const offered = ['websocket', 'htmlfile', 'xhr-polling', 'jsonp-polling']

const dimensions = {
  version: ['1', '1', '1', '1', '0', '2', '01', '1.0', 'x', ''],
  transport: [undefined, '', ...offered, 'flashsocket', 'xhr-multipart', 'constructor', '__proto__', 'xhr%2Dpolling'],
  sid: ['', 'live', 'encoded', 'abc', '__proto__', 'modern', 'a/b'],
  slash: ['', '/', '//'],
  query: [
    '',
    '?',
    '?t=1',
    '?disconnect=1',
    '?disconnect',
    '?jsonp=1',
    '?jsonp=x',
    '?i=1',
    '?t=1&i=x',
    '?EIO=4&sid=abc',
  ],
  method: ['GET', 'GET', 'GET', 'POST', 'POST', 'HEAD', 'DELETE', 'OPTIONS', 'PUT'],
  upgrade: ['', '', 'websocket', 'h2c'],
}

function rowOf(random: Random): Row {
  const row = Object.fromEntries(
    Object.entries(dimensions).map(([name, values]) => [name, random.pick<unknown>(values)]),
  )
  return row as unknown as Row
}

function pathOf({ version, transport, sid, slash, query }: Row): string {
  const parts = [version, transport, sid].filter((part) => part !== undefined && (part !== '' || part === transport))
  return `/socket.io/${parts.join('/')}${slash}${query}`
}

/** What a request gets. Undefined for what is another route's, which the app answers 404. */
function statusOf(row: Row): number {
  const segments = pathOf(row).replace(/\?.*/, '').replace('/socket.io/', '').replace(/\/$/, '').split('/')
  const [version = '', transport = '', sid = '', ...more] = segments
  if (version === '' && /EIO/.test(row.query) && segments.length === 1)
    return row.method === 'PUT' ? 400 : isOdd(row) ? 405 : 400
  if (!/^\d+$/.test(version) || more.length > 0) return 404
  if (isOdd(row) || row.method === 'PUT') return 405
  if (version !== '1') return 500
  if (transport === '' && sid === '') return 200
  if (row.query.includes('disconnect')) return 200
  const name = decodeURIComponent(transport)
  if (!offered.includes(name)) return 400
  if (name !== 'websocket') return 200
  if (row.upgrade !== 'websocket' || sid === '') return 400
  // RFC 6455, 4.1: an upgrade is a GET.
  return row.method === 'GET' ? 101 : 405
}

const isOdd = ({ method }: Row): boolean => ['HEAD', 'DELETE', 'OPTIONS'].includes(method)

for (const face of faces) {
  test(`requests of every shape get the status of the rules, on ${face}`, async (t) => {
    t.mock.method(console, 'warn', () => {})
    const { url } = await startServer(t, { '': BaseNamespace }, {}, face)
    const seed = Number(process.env['GRID_SEED'] ?? 20_261_127)
    const random = new Random(seed)
    const seen = new Set<number>()
    for (let asked = 0; asked < 2_500; asked++) {
      const row = rowOf(random)
      // A page of a client that is connected does not end.
      if (row.transport === 'htmlfile' && /live|encoded/.test(row.sid)) continue
      const sid = await sidOf(url, row.sid)
      const { status, body } = await send(url, pathOf({ ...row, sid }), row)
      assert.equal(status, statusOf(row), `${JSON.stringify(row)} (seed ${seed}): ${status} ${body}`)
      seen.add(status)
    }
    // In so many rows there is each of them.
    assert.deepEqual(
      [...seen].toSorted((one, other) => one - other),
      [101, 200, 400, 404, 405, 500],
    )
    assert.match(await sidOf(url, 'live'), /^[\w-]{20}$/)
  })
}

async function sidOf(url: string, form: string): Promise<string> {
  if (form === 'modern') {
    const { body } = await send(url, '/socket.io/?EIO=4&transport=polling', { method: 'GET', upgrade: '' })
    return /"sid":"([^"]+)"/.exec(body)?.[1] ?? ''
  }
  if (form !== 'live' && form !== 'encoded') return form
  const { body } = await send(url, '/socket.io/1/', { method: 'GET', upgrade: '' })
  const live = body.slice(0, body.indexOf(':'))
  return form === 'live' ? live : `%${live.charCodeAt(0).toString(16)}${live.slice(1)}`
}
