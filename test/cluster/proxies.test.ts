// Owns: the configurations of docs/proxies.md, as they stand there, in front of a server: every transport of every generation.
// Elsewhere: nginx in front of many processes (example.test.ts), what a trusted proxy says (../conformance/faces/proxies.test.ts).
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { before, test } from 'node:test'
import express from 'express'
import { BaseNamespace, socketioMiddleware, type SocketioMiddleware } from '../../lib/index.js'
import { askUpgrade, ask } from '../conformance/faces/peer.js'
import { connectClient, type Generation } from '../support/cluster-clients.js'
import { openWebSocket } from '../support/engine-peer.js'
import { blocksOf, replacePart, startApache, startHaproxy, startNginx, type Proxy } from '../support/proxies.js'
import { afterFile, type After } from '../support/redis.js'
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
const proxies = new Map<string, Proxy>()
const after = afterFile()

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

const placeOf = (index: number): string => `127.0.0.1:${apps[index]?.port}`

async function startWithHash(): Promise<Proxy> {
  const [one = '', hash = ''] = blocksOf('docs/proxies.md', 'haproxy')
  const whole = one.slice(0, one.indexOf('\nbackend app') + 1) + hash
  return startHaproxy(
    after,
    replacePart(replacePart(whole, '127.0.0.1:3000', placeOf(0)), '127.0.0.1:3001', placeOf(1)),
  )
}

before(async () => {
  apps.push(await startApp(after), await startApp(after))
  const [nginx = ''] = blocksOf('docs/proxies.md', 'nginx')
  const [haproxy = ''] = blocksOf('docs/proxies.md', 'haproxy')
  proxies.set('nginx', await startNginx(after, replacePart(nginx, '127.0.0.1:3000', placeOf(0))))
  proxies.set('HAProxy', await startHaproxy(after, replacePart(haproxy, '127.0.0.1:3000', placeOf(0))))
  const [apache = ''] = blocksOf('docs/proxies.md', 'apache')
  proxies.set('Apache', await startApache(after, replacePart(apache, '127.0.0.1:3000', placeOf(0))))
  proxies.set('HAProxy with a hash', await startWithHash())
})

const proxyOf = (name: string) => proxies.get(name) ?? assert.fail(`expected ${name} to run`)

for (const name of ['nginx', 'HAProxy', 'Apache']) {
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
