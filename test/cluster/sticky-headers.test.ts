// Owns: what a client writes in the head of a request that is passed on from one worker to another, and ends no worker.
// Elsewhere: which worker a request comes to (sticky.test.ts).
import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { within } from '../support/journal.js'

const upgrade =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'

test('no header of a request that is passed on ends a worker', async (t) => {
  const child = fork(join(import.meta.dirname, '..', 'support', 'sticky-server.ts'), {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, workers: '2', options: '{}' },
  })
  t.after(async () => {
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  })
  const [{ port, pids }] = (await within('the port', once(child, 'message'), 60_000)) as [
    { port: number; pids: number[] },
  ]
  /** Asks on one connection: first for a session, whose worker keeps the connection, then with a sid of each worker's name. */
  const passOn = async (head: string): Promise<string> => {
    const connection = connect(port, '127.0.0.1')
    t.after(() => connection.destroy())
    let text = ''
    const answered = (isDone: () => boolean): Promise<void> =>
      new Promise((resolve) => {
        const look = (): void => {
          if (isDone()) resolve()
        }
        connection.on('data', (piece: Buffer) => {
          text += piece.toString('latin1')
          look()
        })
        connection.on('close', () => {
          resolve()
        })
        connection.on('error', () => {})
      })
    const first = answered(() => /"sid":"(.*?)"/.test(text))
    connection.write('GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n')
    await within('a session', first)
    const own = /"sid":"([^.]+)\./.exec(text)?.[1] ?? ''
    assert.match(own, /^\d+$/)
    text = ''
    const other = own === '1' ? '2' : '1'
    const second = answered(() => text.includes('\r\n\r\n'))
    const sid = `${other}.${'A'.repeat(20)}`
    const transport = head.includes('Upgrade') ? 'websocket' : 'polling'
    connection.write(`GET /socket.io/?EIO=4&transport=${transport}&sid=${sid} HTTP/1.1\r\nHost: x\r\n${head}\r\n`)
    await within(`an answer to ${JSON.stringify(head)}`, second)
    return text.split('\r\n', 1)[0] ?? ''
  }
  for (const head of [
    'Trailer: x\r\n',
    `Trailer: x\r\n${upgrade}`,
    'TE: trailers\r\nTrailer: Expires\r\n',
    'Keep-Alive: timeout=5\r\nProxy-Connection: close\r\n',
    'X-Name: \xe9\r\n',
    'X-Same: a\r\nX-Same: b\r\nCookie: a=1\r\nCookie: b=2\r\n',
    'Connection: close, X-Same\r\n',
    'Expect: 200-ok\r\n',
  ]) {
    assert.match(await passOn(head), /^(?:HTTP\/1\.1 (?:400|417|502) |$)/, head)
  }
  // Both are still there when there is a third.
  const answered = once(child, 'message') as Promise<[{ pids: number[] }]>
  child.send({ fork: true })
  assert.deepEqual((await within('the workers', answered, 60_000))[0].pids.slice(0, 2), pids)
})
