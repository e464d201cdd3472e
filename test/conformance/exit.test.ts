// Owns: that nothing of ours keeps a process alive: with clients of every kind, it ends by itself after io.close().
// Elsewhere: what clients get before that (draining.test.ts).
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import http from 'node:http'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test, type TestContext } from 'node:test'
import { ask, connectWebSocket, openPolling } from '../support/engine-peer.js'
import { within } from '../support/journal.js'
import { Queue } from '../support/wire-client.js'
import { openPeer, shakeHands } from './faces/peer.js'

const root = join(import.meta.dirname, '..', '..')

interface Process {
  readonly child: ChildProcess
  readonly lines: Queue<string>
  readonly complaints: string[]
}

function run(t: TestContext, path: string, env: Record<string, string> = {}): Process {
  const { NODE_TEST_CONTEXT: _, ...own } = process.env
  const child = spawn(process.execPath, ['--import', 'tsx', path], { cwd: root, env: { ...own, ...env } })
  t.after(() => child.kill('SIGKILL'))
  const lines = new Queue<string>('a line of a process')
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line)
  })
  const complaints: string[] = []
  child.stderr.on('data', (text: Buffer) => complaints.push(text.toString()))
  return { child, lines, complaints }
}

async function assertExit({ child, complaints }: Process, exited = once(child, 'exit')): Promise<void> {
  assert.deepEqual([await within('the exit of a process', exited), complaints.join('')], [[0, null], ''])
}

/** A request whose answer may come late, or not at all, on a connection that is kept. */
function holdOpen(t: TestContext, url: string): Promise<http.IncomingMessage | undefined> {
  const agent = new http.Agent({ keepAlive: true })
  t.after(() => {
    agent.destroy()
  })
  return new Promise((resolve) => {
    http
      .get(url, { agent, headers: { Referer: url } }, (response) => {
        response.resume()
        resolve(response)
      })
      .on('error', () => {
        resolve(undefined)
      })
  })
}

/** Clients on every transport of every generation, each in the state in which its connection is kept open. */
async function connectAll(t: TestContext, url: string): Promise<number> {
  const v09 = async (): Promise<string> => `${url}/socket.io/1/xhr-polling/${await shakeHands(url)}`
  // Handshaken, and never more.
  await shakeHands(url)
  const websocket = await openPeer(t, url, await shakeHands(url))
  websocket.send('5:1+::{"name":"work"}')
  assert.equal(await websocket.frame(), '6:::1+["done"]')
  await holdOpen(t, (await v09()).replace('xhr-polling', 'htmlfile'))
  const polling = [await v09(), (await v09()).replace('xhr-polling', 'jsonp-polling')]
  for (const poll of polling) {
    await (await holdOpen(t, poll))?.toArray()
    void holdOpen(t, poll)
  }
  for (const revision of [3, 4] as const) {
    const modern = await connectWebSocket(t, url, revision)
    modern.send('421["work"]')
    assert.equal(await modern.text(), '431["done"]')
    const polled = await openPolling(url, revision)
    if (revision === 4) {
      await polled.post('40')
      await polled.poll()
    }
    void holdOpen(t, polled.url)
  }
  // It is between two polls, with something to hear, and never comes back.
  const gone = await v09()
  await ask(gone)
  await ask(gone, { body: '5:1+::{"name":"work"}' })
  // As many as have made their namespace: on '' of 0.9 that takes a packet.
  return 1 + 2 + 1 + 1
}

for (const [how, drain] of [
  ['io.close()', 0],
  ['io.close({ drain })', 1000],
] as const) {
  test(`a process that has clients of every kind ends by itself after ${how}`, async (t) => {
    const server = run(t, 'test/support/exit-server.ts')
    const url = await server.lines.next()
    const namespaces = await connectAll(t, url)
    const exited = once(server.child, 'exit')
    server.child.stdin?.write(`${drain}\n`)
    assert.deepEqual(await server.lines.take(namespaces), Array(namespaces).fill('server shutting down'))
    await assertExit(server, exited)
  })
}

// Windows knows no signals: a process is ended there without being asked.
for (const example of process.platform === 'win32' ? [] : ['chat', 'koa']) {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`examples/${example} lets its clients go on ${signal}, and ends by itself`, async (t) => {
      const server = run(t, `examples/${example}/server.ts`, { PORT: '0', SESSION_SECRET: 'a secret of the test' })
      const url = (await server.lines.next()).replace('The chat is at ', '')
      const peer = await openPeer(t, url, await shakeHands(url))
      peer.send('1::/chat')
      assert.equal(await peer.frame(), '1::/chat')
      const poll = `${url}/socket.io/1/xhr-polling/${await shakeHands(url)}`
      await ask(poll)
      const held = ask(poll)
      const exited = once(server.child, 'exit')
      server.child.kill(signal)
      assert.equal(await within('the close of a websocket', peer.closed), 1000)
      assert.equal((await held).body, '7:::1+0')
      await assertExit(server, exited)
    })
  }
}
