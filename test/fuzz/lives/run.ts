// Owns: one story told to the model and to a server, step by step, and compared after each.
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { ModelClient } from './client.js'
import type { ModelInstance } from './model.js'
import { endpoints, planOf, type Op, type Story } from './plan.js'
import { World } from './world.js'

export async function tell(t: TestContext, story: Story): Promise<void> {
  const world = await World.open(t, story)
  const told: string[] = []
  try {
    const clients = story.generations.map(
      (generation, client) =>
        new ModelClient(generation, String(client), (endpoint, life) => planOf(story, client, endpoint, life)),
    )
    for (const op of story.ops) await step(world, clients, op, told)
    for (const client of clients.keys()) await step(world, clients, { op: 'lose', client }, told)
    // Each may be stuck in its goodbye, then in its step, then in its end.
    for (let stage = 0; stage < 4; stage++) await step(world, clients, { op: 'wait' }, told)
    await assertOver(world, clients)
  } catch (error) {
    throw new Error(`${(error as Error).message}\nafter:\n  ${told.join('\n  ')}`, { cause: error })
  } finally {
    await world.close()
  }
}

type Clients = readonly ModelClient[]

let news = 0

async function step(world: World, clients: Clients, op: Op, told: string[]): Promise<void> {
  if (!(await perform(world, clients, op))) return
  told.push(JSON.stringify(op))
  await world.settle()
  await compare(world, clients)
}

/** Whether it means anything now. */
async function perform(world: World, clients: Clients, op: Op): Promise<boolean> {
  switch (op.op) {
    case 'connect':
    case 'leave':
    case 'event': {
      const client = clients[op.client] as ModelClient
      const model = client.of(endpoints[op.endpoint] as string)
      const peer = world.peers[op.client]
      if (model === undefined || client.isOver || peer === undefined) return false
      if (op.op === 'connect') {
        // A client of 4 that connects twice breaks the grammar, and is cut.
        if (model.state === 'open' && model.generation === '4') return false
        peer.connect(model.endpoint)
        client.connect(model)
      } else if (op.op === 'leave') {
        peer.leave(model.endpoint)
        client.leave(model)
      } else {
        if (!model.takesEvents) return false
        peer.emit(model.endpoint, 'do', op.mode)
        client.event(model, op.mode)
      }
      return true
    }
    case 'lose': {
      const client = clients[op.client] as ModelClient
      if (client.isLost || !(world.peers[op.client]?.isOpen ?? false)) return false
      await world.lose(op.client)
      client.lose()
      return true
    }
    case 'kick': {
      const endpoint = endpoints[op.endpoint] as string
      world.kick(endpoint)
      for (const client of clients) client.kick(endpoint)
      return true
    }
    case 'broadcast': {
      const endpoint = endpoints[op.endpoint] as string
      const number = news++
      world.broadcast(endpoint, number)
      for (const client of clients) client.broadcast(endpoint, `news [${number}]`)
      return true
    }
    case 'ask all': {
      const endpoint = endpoints[op.endpoint] as string
      assert.deepEqual(await world.askAll(endpoint), listed(clients, endpoint), `who answers on ${endpoint}`)
      return true
    }
    case 'go on': {
      const labels = modelsOf(clients).flatMap((model) => model.labels)
      if (labels.length === 0) return false
      const label = labels[op.which % labels.length] as string
      world.goOn(label)
      for (const client of clients) client.goOn(label)
      return true
    }
    case 'wait':
      world.wait()
      for (const client of clients) client.wait()
      return true
  }
}

function modelsOf(clients: Clients): ModelInstance[] {
  return clients.flatMap(({ instances }) => instances)
}

function listed(clients: Clients, endpoint: string): number[] {
  return [...clients.keys()].filter((client) => clients[client]?.of(endpoint)?.isListed)
}

async function compare(world: World, clients: Clients): Promise<void> {
  for (const [client, { instances }] of clients.entries()) {
    for (const model of instances) {
      const who = `client ${client} (${model.generation}) on ${model.endpoint}`
      const journal = world.journal(client, model.endpoint)
      if (!patternOf(model.journal).test(textOf(journal))) {
        assert.deepEqual(journal, model.journal, `what the hooks of ${who} saw`)
      }
      const lines = world.lines(client, model.endpoint)
      if (!model.isLost && !patternOf(model.lines).test(textOf(lines))) {
        assert.deepEqual(lines, model.lines, `what ${who} was told`)
      }
    }
  }
  for (const endpoint of endpoints) {
    const there = listed(clients, endpoint)
    assert.deepEqual(await world.listed(endpoint), there, `who is listed in "${endpoint}"`)
    // In '' there are clients of 4 as well, of which the model knows nothing.
    if (endpoint !== '') assert.equal(world.counted(endpoint), there.length, `who is counted in "${endpoint}"`)
  }
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line};`).join('')
}

/** A line that ends in `?` may be missing; a reason that is one may be any. */
function patternOf(lines: readonly string[]): RegExp {
  const parts = lines.map((line) => {
    const plain = line.replace(/[[\]?]/g, '\\$&')
    if (line.endsWith(' ?')) return plain.replace('\\?', '[^;]+;')
    return line.endsWith('?') ? `(?:${plain.slice(0, -2)};)?` : `${plain};`
  })
  return new RegExp(`^${parts.join('')}$`)
}

async function assertOver(world: World, clients: Clients): Promise<void> {
  for (const [client, { instances }] of clients.entries()) {
    for (const model of instances) {
      const journal = world.journal(client, model.endpoint)
      for (let life = 0; life <= model.life; life++) {
        const ofLife = journal.filter((line) => line.startsWith(`${life} `))
        const count = (what: string): number => ofLife.filter((line) => line.startsWith(`${life} ${what}`)).length
        assert.equal(count('disconnect'), 1, `life ${life} of client ${client} on ${model.endpoint} is cleaned up once`)
        assert.ok(count('recv_disconnect') <= 1)
      }
    }
  }
  assert.deepEqual(await world.remains(), { counted: 0, listed: 0, rooms: 0, sids: 0, timers: 0 })
  const codes = world.reports.takeAll().map(({ cause }) => Reflect.get(Object(cause) as object, 'code') as unknown)
  assert.ok(!codes.includes('SIO_CLOSED'), 'a client that has gone is a failure of nobody')
}
