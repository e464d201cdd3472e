// Owns: examples/cluster, as it stands: its nginx.conf in front of its three processes.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import type { Socket } from 'socket.io-client-4'
import { start } from '../../examples/cluster/start.js'
import { connectClient, type RoomClient } from '../support/cluster-clients.js'
import { within } from '../support/journal.js'
import { programPath } from '../support/provision.js'
import { afterFile, freePort, startRedis } from '../support/redis.js'

interface Entrance {
  readonly process: string
  readonly protocol: string
  readonly address: string
}

const after = afterFile()
let redisUrl: string
let url: string

async function startExample() {
  return start({
    port: await freePort(),
    processPorts: [await freePort(), await freePort(), await freePort()],
    redisUrl,
    nginx: programPath('nginx'),
  })
}

before(async () => {
  redisUrl = (await startRedis(after)).url
  const example = await startExample()
  after(example.close)
  url = example.url
})

const lobby = { endpoint: '/lobby' }

test('clients of every generation meet in one room, whichever process serves them', async (t) => {
  const ending = t.after.bind(t)
  const clients: RoomClient[] = []
  const processes = new Map<string, Set<string>>()
  const generations = ['0.9 xhr-polling', '0.9 websocket', '4 upgrading', '2 polling'] as const
  // Where each comes is chance; until every generation has come to two processes or more.
  for (let tries = 0; tries < 40; tries++) {
    for (const generation of generations) {
      const client = await connectClient(ending, url, generation, lobby)
      const { process } = await client.ask<Entrance>('enter', 'everyone')
      processes.set(generation, (processes.get(generation) ?? new Set()).add(process))
      clients.push(client)
    }
    if ([...processes.values()].every(({ size }) => size > 1)) break
  }
  for (const [generation, { size }] of processes) assert.ok(size > 1, `all of ${generation} came to one process`)
  // One word after the other, so that each polling client polls as often.
  for (const [index, speaker] of clients.entries()) {
    const text = `word ${index} of ${speaker.generation}`
    speaker.socket.emit('say', 'everyone', text)
    await Promise.all(clients.map((client) => client.until(text)))
  }
  const words = clients.map(({ generation }, index) => `word ${index} of ${generation}`)
  assert.deepEqual(
    clients.map(({ heard }) => heard.entries),
    clients.map(() => words),
  )
})

test('a client of version 4 begins with polling and goes on with a websocket', async (t) => {
  const client = await connectClient(t.after.bind(t), url, '4 upgrading', lobby)
  const { engine } = (client.socket as unknown as Socket).io
  if (engine.transport.name !== 'websocket') {
    await within('the upgrade', new Promise((resolve) => engine.once('upgrade', resolve)))
  }
  assert.equal(engine.transport.name, 'websocket')
  const { protocol } = await client.ask<Entrance>('enter', 'upgraded')
  assert.equal(protocol, '4')
  client.socket.emit('say', 'upgraded', 'over the websocket')
  assert.deepEqual(await client.until('over the websocket'), ['over the websocket'])
})

test('the address of a client comes through nginx, on every wire', async (t) => {
  const headers = { 'X-Forwarded-For': '203.0.113.7' }
  const modern = await connectClient(t.after.bind(t), url, '4 websocket', { ...lobby, headers })
  assert.equal((await modern.ask<Entrance>('enter', 'addresses')).address, '203.0.113.7')
  const old = await connectClient(t.after.bind(t), url, '0.9 websocket', lobby)
  assert.deepEqual(Object.entries(await old.ask<Entrance>('enter', 'addresses')).slice(1), [
    ['protocol', '0.9'],
    ['address', '127.0.0.1'],
  ])
})

test('a page that is unloaded says goodbye to the process that serves it', async () => {
  // Often enough that chance does not hit.
  for (let round = 0; round < 8; round++) {
    const [sid] = (await (await fetch(`${url}/socket.io/1/`)).text()).split(':', 1)
    const poll = async (): Promise<string> => (await fetch(`${url}/socket.io/1/xhr-polling/${sid}`)).text()
    assert.equal(await poll(), '1::')
    await fetch(`${url}/socket.io/1//${sid}/?disconnect=1`)
    assert.equal(await poll(), '7:::1+0')
  }
})

test('at its end a client that polls is served through nginx until it is told to begin anew', async () => {
  const example = await startExample()
  const [sid] = (await (await fetch(`${example.url}/socket.io/1/`)).text()).split(':', 1)
  const poll = async (): Promise<string> => (await fetch(`${example.url}/socket.io/1/xhr-polling/${sid}`)).text()
  assert.equal(await poll(), '1::')
  const held = poll()
  const closed = example.close()
  assert.equal(await held, '7:::1+0')
  await within('the end of all processes', closed)
})
