// Owns: a server that has run out of file descriptors: it loses nobody whom it serves, and serves others afterwards.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { ask, openPolling } from '../support/engine-peer.js'
import { becomes } from '../conformance/faces/peer.js'
import { Queue } from '../support/wire-client.js'

// As many as Node needs while it loads the modules, which it opens side by side, and more.
const descriptors = 128
const crowd = 3 * descriptors

async function startCrowded(t: TestContext): Promise<{ port: number; said: () => string; isRunning: () => boolean }> {
  // The limit is the child's own: the tests have theirs.
  const command = `ulimit -n ${descriptors} && exec "$0" --import tsx "$1"`
  const child = spawn('bash', ['-c', command, process.execPath, join(import.meta.dirname, 'crowded-server.ts')], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  t.after(() => child.kill())
  let said = ''
  child.stderr?.on('data', (data: Buffer) => (said += data.toString()))
  const [first] = (await once(child.stdout as NonNullable<typeof child.stdout>, 'data')) as [Buffer]
  return { port: Number(first.toString()), said: () => said, isRunning: () => child.exitCode === null }
}

interface Client {
  readonly websocket: WebSocket
  readonly frames: Queue<string>
}

async function enter(t: TestContext, url: string): Promise<Client> {
  const [sid = ''] = (await ask(`${url}/socket.io/1/`)).body.split(':')
  const websocket = new WebSocket(`${url.replace('http', 'ws')}/socket.io/1/websocket/${sid}`)
  t.after(() => {
    websocket.terminate()
  })
  const frames = new Queue<string>('a frame')
  websocket.on('message', (data: Buffer) => {
    frames.push(data.toString())
  })
  assert.equal(await frames.next(), '1::')
  return { websocket, frames }
}

async function echo({ websocket, frames }: Client, text: string): Promise<string> {
  websocket.send(`5:1+::${JSON.stringify({ name: 'echo', args: [text] })}`)
  return frames.next()
}

test('a server out of file descriptors serves those whom it has, and others once there is room', async (t) => {
  const { port, said, isRunning } = await startCrowded(t)
  const url = `http://127.0.0.1:${port}`
  const client = await enter(t, url)
  assert.equal(await echo(client, 'before'), '6:::1+["before"]')

  const sockets: Socket[] = []
  let over = 0
  for (let come = 0; come < crowd; come++) {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.on('error', () => {})
    socket.on('close', () => over++)
    // Half a request: a server that took it would hold it.
    socket.write('GET /socket.io/1/ HTTP/1.1\r\nHost: x\r\n')
    sockets.push(socket)
  }
  t.after(() => {
    for (const socket of sockets) socket.destroy()
  })
  // More than it could ever hold are turned away: it is out of descriptors.
  await becomes('the crowd is turned away', () => over >= crowd - descriptors)
  assert.equal(await echo(client, 'meanwhile'), '6:::1+["meanwhile"]')

  for (const socket of sockets) socket.destroy()
  // Until it has noticed that they are gone, others may be turned away, too.
  const isServed = (): Promise<boolean> =>
    ask(`${url}/socket.io/1/`).then(
      ({ status }) => status === 200,
      () => pause(10, false),
    )
  let served = await isServed()
  while (!served) served = await isServed()
  assert.equal(await echo(await enter(t, url), 'after'), '6:::1+["after"]')
  const modern = await openPolling(url)
  assert.equal((await modern.post('40')).body, 'ok')
  assert.match((await modern.poll()).body, /^40\{"sid"/)
  assert.equal(await echo(client, 'still'), '6:::1+["still"]')
  assert.deepEqual([isRunning(), said()], [true, ''])
})
