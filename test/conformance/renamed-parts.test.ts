// Owns: what becomes of us when ws or engine.io call a private part of theirs by another name: every client is served all the
// same, only slower.
// Elsewhere: what we know of them (lib/transports/websocket-line.ts, engine-internals.ts).
import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { ask, connectWebSocket, openPolling, RS, startWebSocket } from '../support/engine-peer.js'
import { within } from '../support/journal.js'
import { openPeer, shakeHands } from './faces/peer.js'

const transports = join(import.meta.dirname, '..', '..', 'lib', 'transports')

type Part = readonly [folder: string, name: string, pattern?: string]

const parts: readonly Part[] = [
  ['ws', '_receiver'],
  ['ws', '_socket'],
  ['ws', '_state'],
  ['ws', '_bufferedBytes'],
  ['ws', '_fragmented'],
  ['ws', '_opcode'],
  ['ws', '_errored'],
  ['ws', '_maxPayload'],
  ['engine.io', 'pingTimeoutTimer'],
  ['engine.io', 'pingIntervalTimer'],
  ['engine.io', 'hasRefreshedPingTimeout'],
  ['engine.io', 'onPacket'],
  ['engine.io', 'sendPacket'],
  ['engine.io', 'shouldClose'],
  ['engine.io', 'clients'],
  ['engine.io', '_query'],
  ['engine.io', 'prepare'],
  ['engine.io', 'cleanup'],
  // Words that others use as well.
  ['engine.io', 'socket', String.raw`\bthis\.socket\b`],
  ['engine.io', 'writable', String.raw`\b(?:this|transport)\.writable\b`],
]

// Without these a client that is between two polls at the end keeps the process for half a minute.
const lingering = ['shouldClose', 'clients', 'pingIntervalTimer']

test('these are all that we know of', () => {
  for (const [file, folder] of [
    ['websocket-line.ts', 'ws'],
    ['engine-internals.ts', 'engine.io'],
  ] as const) {
    const text = readFileSync(join(transports, file), 'utf8')
    const known = text.matchAll(/Reflect\.get\(\w+, '(\w+)'\)|readonly (_\w+)|insides\.(\w+)/g)
    const names = new Set([...known].map(([, got, field, inside]) => got ?? field ?? inside))
    names.delete('code')
    const listed = parts.filter((part) => part[0] === folder).map(([, name]) => name)
    for (const name of names) assert.ok(listed.includes(name ?? ''), `${file}: ${name}`)
    for (const name of listed) assert.match(text, new RegExp(`\\b${name}\\b`), `${file}: ${name}`)
  }
})

interface Started {
  readonly url: string
  readonly renamed: number
  readonly end: () => Promise<void>
}

async function start(t: TestContext, [folder, name, pattern = `\\b${name}\\b`]: Part): Promise<Started> {
  const child = fork(join(import.meta.dirname, '..', 'support', 'renamed-server.ts'), [folder, pattern, name], {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  })
  t.after(() => child.kill('SIGKILL'))
  let errors = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (errors += text))
  const exited = once(child, 'exit')
  const [told] = (await within('a server', once(child, 'message'))) as [
    { port: number; renamed: number; error?: string },
  ]
  assert.equal(told.error, undefined)
  return {
    url: `http://127.0.0.1:${told.port}`,
    renamed: told.renamed,
    end: async () => {
      child.send('end')
      assert.deepEqual(await within('the end of a process', exited), [0, null])
      assert.equal(errors, '')
    },
  }
}

const texts = ['a', 'é😀', 'x'.repeat(2_000), 'last']

async function serveV09(t: TestContext, url: string): Promise<void> {
  const path = `${url}/socket.io/1/xhr-polling/${await shakeHands(url)}`
  assert.equal((await ask(path)).body, '1::')
  const line = await openPeer(t, url, await shakeHands(url))
  for (const text of texts) {
    const event = `5:1+::${JSON.stringify({ name: 'echo', args: [text] })}`
    const answer = `6:::1+${JSON.stringify([text])}`
    await ask(path, { body: event })
    assert.equal((await ask(path)).body, answer)
    line.send(event)
    line.send(event)
    assert.deepEqual([await line.frame(), await line.frame()], [answer, answer])
  }
  line.websocket.send(Buffer.from([1]))
  assert.match(await line.frame(), /invalid_packet/)
  line.websocket.close()
  assert.equal(await line.closed, 1005)
}

async function serveModern(t: TestContext, url: string, revision: 3 | 4): Promise<void> {
  const line = await connectWebSocket(t, url, revision)
  let pings = 0
  const next = async (): Promise<string | Buffer> => {
    for (;;) {
      const frame = await line.frame()
      if (frame !== '2') return frame
      pings++
      line.send('3')
    }
  }
  const binary = revision === 4 ? Buffer.from([1, 2]) : Buffer.from([4, 1, 2])
  for (const text of texts) {
    line.send(`421${JSON.stringify(['echo', text])}`, `421${JSON.stringify(['echo', text])}`)
    const answer = `431${JSON.stringify([text])}`
    assert.deepEqual([await next(), await next()], [answer, answer])
    line.send('4521-["echo",{"_placeholder":true,"num":0}]'.replace('4521-', '451-2'), binary)
    assert.deepEqual([await next(), await next()], ['461-2[{"_placeholder":true,"num":0}]', binary])
  }
  if (revision === 3) {
    line.send('2')
    assert.equal(await next(), '3')
    return
  }
  while (pings < 3) {
    assert.equal(await line.frame(), '2')
    pings++
    line.send('3')
  }
}

/** @param ms how long it stays after its upgrade. */
async function servePolling(t: TestContext, url: string, ms: number): Promise<void> {
  const peer = await openPolling(url)
  // Pings come at any time, alone or beside what was asked for.
  const polled = async (): Promise<string> => {
    for (;;) {
      const packets = (await peer.poll()).body.split(RS)
      if (packets.includes('2')) await peer.post('3')
      const others = packets.filter((packet) => packet !== '2')
      if (others.length > 0) return others.join(RS)
    }
  }
  await peer.post('40')
  assert.match(await polled(), /^40\{"sid":"[\w-]{20}"\}$/)
  for (const text of texts) {
    await peer.post(`421${JSON.stringify(['echo', text])}`)
    assert.equal(await polled(), `431${JSON.stringify([text])}`)
  }
  const probe = startWebSocket(t, `${url}/socket.io/?EIO=4&transport=websocket&sid=${peer.sid}`)
  await once(probe.websocket, 'open')
  probe.send('2probe')
  assert.equal(await probe.text(), '3probe')
  probe.send('5', '421["echo","up"]')
  const end = Date.now() + ms
  let hasEchoed = false
  while (Date.now() < end || !hasEchoed) {
    const frame = await probe.text()
    if (frame === '2') probe.send('3')
    hasEchoed ||= frame === '431["up"]'
  }
  assert.equal(probe.websocket.readyState, 1)
}

for (const part of parts) {
  test(`${part[0]} by another name: ${part[1]}`, async (t) => {
    const { url, renamed, end } = await start(t, part)
    assert.ok(renamed > 0, 'expected to find the name')
    // For engine.io, longer than an interval and a timeout.
    const ms = part[0] === 'engine.io' ? 2_500 : 0
    await Promise.all([serveV09(t, url), serveModern(t, url, 4), serveModern(t, url, 3), servePolling(t, url, ms)])
    // One between two polls, when the server ends.
    if (!lingering.includes(part[1])) await (await openPolling(url)).post('40')
    await end()
  })
}
