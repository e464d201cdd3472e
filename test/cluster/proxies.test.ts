// Owns: the configurations of docs/proxies.md, as they stand there, in front of a server: every transport of every generation.
// Elsewhere: nginx in front of many processes (example.test.ts), what a trusted proxy says (../conformance/faces/proxies.test.ts).
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync, chmodSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, test } from 'node:test'
import express from 'express'
import { BaseNamespace, socketioMiddleware, type SocketioMiddleware } from '../../lib/index.js'
import { askUpgrade, ask } from '../conformance/faces/peer.js'
import { connectClient, type Generation } from '../support/cluster-clients.js'
import { readDocuments } from '../support/documents.js'
import { openWebSocket } from '../support/engine-peer.js'
import { programPath } from '../support/provision.js'
import { afterFile, freePort, type After } from '../support/redis.js'
import type { TestServer } from '../support/server.js'
import { V09Peer } from '../support/v09-peer.js'
import { openPeer } from '../support/v09-peers.js'

class Chat extends BaseNamespace {
  on_who() {
    const { address, secure, headers } = this.environ
    return { address, secure, host: headers.host, process: this.server === apps[0]?.io ? 'one' : 'two' }
  }
}

interface App extends TestServer {
  readonly io: SocketioMiddleware
}

const generations: Generation[] = ['0.9 websocket', '0.9 xhr-polling', '2 polling', '4 websocket', '4 upgrading']
const apps: App[] = []
const proxies = new Map<string, { url: string; port: number; log: string }>()
const after = afterFile()

function blocks(language: string): string[] {
  const text = readDocuments().get('docs/proxies.md') ?? ''
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))].map(([, block = '']) => block)
}

/** Puts one text in the place of another that must be there. */
function replace(text: string, from: string, to: string): string {
  assert.ok(text.includes(from), `expected ${from} in ${text}`)
  return text.replaceAll(from, to)
}

async function startApp(ending: After): Promise<App> {
  const io = socketioMiddleware({ '': Chat, '/chat': Chat }, { handshakeSecret: 'the same in both processes' })
  const server = http.createServer(express().set('trust proxy', 'loopback').use(io))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  ending(async () => {
    await io.close()
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  return { io, server, port, url: `http://127.0.0.1:${port}` }
}

async function run(
  name: string,
  program: string,
  args: readonly string[],
  folder: string,
  port: number,
): Promise<void> {
  const child = spawn(programPath(program), args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  let complaint = ''
  child.stderr.on('data', (text: Buffer) => (complaint += text.toString()))
  const exited = once(child, 'exit')
  after(async () => {
    child.kill()
    await exited
  })
  const url = `http://127.0.0.1:${port}`
  proxies.set(name, { url, port, log: join(folder, 'access.log') })
  for (let tries = 0; ; tries++) {
    if (await fetch(`${url}/up`).then(isOurs, () => false)) return
    assert.ok(child.exitCode === null && tries < 400, `${program}: ${complaint}`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

const isOurs = async (response: Response): Promise<boolean> => (await response.text()).includes('Cannot GET /up')

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'proxies-'))
  // nginx serves as another user when root starts it.
  chmodSync(folder, 0o755)
  after(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  return folder
}

async function startNginx(): Promise<void> {
  const [folder, port] = [makeFolder(), await freePort()]
  let block = replace(blocks('nginx')[0] ?? '', 'listen 80;', `listen 127.0.0.1:${port};`)
  block = replace(block, '/var/log/nginx/access.log', join(folder, 'access.log'))
  block = replace(block, '127.0.0.1:3000', `127.0.0.1:${apps[0]?.port}`)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${name};`)
  const rest = 'error_log stderr warn; pid nginx.pid; events {}'
  writeFileSync(join(folder, 'nginx.conf'), `${rest}\nhttp {\n${temporary.join('\n')}\n${block}\n}\n`)
  const args = ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr', '-g', 'daemon off;']
  await run('nginx', 'nginx', args, folder, port)
}

async function startHaproxy(name: string, backend?: string): Promise<void> {
  const [folder, port] = [makeFolder(), await freePort()]
  let block = replace(blocks('haproxy')[0] ?? '', 'bind :80', `bind 127.0.0.1:${port}`)
  if (backend !== undefined) block = block.slice(0, block.indexOf('\nbackend app') + 1) + backend
  block = replace(block, '127.0.0.1:3000', `127.0.0.1:${apps[0]?.port}`)
  block = block.replace('127.0.0.1:3001', `127.0.0.1:${apps[1]?.port}`)
  writeFileSync(join(folder, 'haproxy.cfg'), `${block}\n`)
  await run(name, 'haproxy', ['-db', '-f', 'haproxy.cfg'], folder, port)
}

before(async () => {
  apps.push(await startApp(after), await startApp(after))
  await startNginx()
  await startHaproxy('HAProxy')
  await startHaproxy('HAProxy with a hash', blocks('haproxy')[1])
})

const proxyOf = (name: string) => proxies.get(name) ?? assert.fail(`expected ${name} to run`)

for (const name of ['nginx', 'HAProxy']) {
  test(`clients of every generation come through ${name}, on every transport`, async (t) => {
    const { url, port } = proxyOf(name)
    for (const generation of generations) {
      const headers = { 'X-Forwarded-For': '203.0.113.7', 'X-Forwarded-Host': 'forged.example' }
      const client = await connectClient(t.after.bind(t), url, generation, { headers })
      const { address, secure, host } = await client.ask<Record<string, unknown>>('who')
      assert.deepEqual(
        [generation, address, secure, host],
        [generation, generation.startsWith('4') ? '203.0.113.7' : '127.0.0.1', false, `127.0.0.1:${port}`],
      )
    }
  })

  test(`htmlfile is not held back by ${name}, and neither are jsonp-polling and a goodbye`, async (t) => {
    const raw = new V09Peer(t, { ...(apps[0] as App), port: proxyOf(name).port })
    for (const transport of ['htmlfile', 'jsonp-polling'] as const) {
      const peer = await openPeer(raw, transport, await raw.handshake())
      assert.equal(await peer.receive(), '1::')
      await peer.send('3:::')
      await peer.send('5:1+::{"name":"who"}')
      assert.match(await peer.receive(), /^6:::1\+/)
      assert.equal((await raw.request(`/socket.io/1//${peer.sid}/?disconnect=1`)).status, 200)
      if (transport === 'htmlfile') assert.equal(await peer.receive(), '0::')
      await peer.assertEnded()
    }
  })

  test(`${name} says which pages are our own, and lets a refusal through`, async (t) => {
    const { url, port } = proxyOf(name)
    for (const [Origin, status, upgraded] of [
      [url, 200, 101],
      [`https://127.0.0.1:${port}`, 403, 403],
      ['https://elsewhere.example', 403, 403],
    ] as const) {
      // What a client says of itself in these counts for nothing.
      const headers = { Origin, 'X-Forwarded-Host': 'elsewhere.example', 'X-Forwarded-Proto': 'https' }
      assert.equal((await ask(`${url}/socket.io/1/`, { headers })).status, status)
      assert.equal((await ask(`${url}/socket.io/?EIO=4&transport=polling`, { headers })).status, status)
      const upgrade = `${url}/socket.io/?EIO=4&transport=websocket`
      assert.equal((await askUpgrade(t, upgrade, headers)).status, upgraded)
    }
  })
}

test("no session id is in nginx's log", async (t) => {
  const { url, log } = proxyOf('nginx')
  const sid = (await ask(`${url}/socket.io/1/`)).body.split(':')[0] as string
  await ask(`${url}/socket.io/1/xhr-polling/${sid}?t=1`)
  const modern = /"sid":"([^"]+)"/.exec((await ask(`${url}/socket.io/?EIO=4&transport=polling`)).body)?.[1] as string
  await ask(`${url}/socket.io/?EIO=4&transport=polling&sid=${modern}`, { body: '40' })
  await ask(`${url}/socket.io/1//${sid}/?disconnect=1`)
  await openWebSocket(t, url)
  assert.equal((await ask(`${url}/logged?as=it&is=asked`)).status, 404)
  let text = readFileSync(log, 'utf8')
  for (let tries = 0; !text.includes('"GET /logged?as=it&is=asked" 404') && tries < 200; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 10))
    text = readFileSync(log, 'utf8')
  }
  for (const line of [
    'GET /socket.io/1/xhr-polling/***"',
    'GET /socket.io/1//***"',
    'POST /socket.io/"',
    '/logged?as',
  ]) {
    assert.ok(text.includes(line), `expected ${line} in ${text}`)
  }
  for (const secret of [sid, modern]) assert.equal(text.includes(secret), false)
})

test('HAProxy finds the process of a session: by the id in the path of 0.9, else by address', async (t) => {
  const { url } = proxyOf('HAProxy with a hash')
  const processes = new Set<string>()
  for (let tries = 0; tries < 40 && processes.size < 2; tries++) {
    const client = await connectClient(t.after.bind(t), url, '0.9 xhr-polling')
    const first = await client.ask<{ process: string }>('who')
    for (let poll = 0; poll < 4; poll++) assert.deepEqual(await client.ask('who'), first)
    processes.add(first.process)
  }
  assert.deepEqual([...processes].toSorted(), ['one', 'two'])
  // By address, which is one here: a client that goes astray does not get as far as that.
  for (const generation of ['2 polling', '4 upgrading', '4 websocket'] as const) {
    const client = await connectClient(t.after.bind(t), url, generation)
    const first = await client.ask<{ process: string }>('who')
    for (let poll = 0; poll < 4; poll++) assert.deepEqual(await client.ask('who'), first)
  }
})
