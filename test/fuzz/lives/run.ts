// Owns: one story told to the model and to a server, step by step, and compared after each.
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { ModelInstance } from './model.js'
import { endpoints, planOf, type Op, type Story } from './plan.js'
import { World } from './world.js'

export async function tell(t: TestContext, story: Story): Promise<void> {
  const world = await World.open(t, story)
  const told: string[] = []
  try {
    const models = story.generations.map((generation, client) =>
      endpoints.map(
        (endpoint, at) =>
          new ModelInstance(generation, String(client), endpoint, (life) => planOf(story, client, at, life)),
      ),
    )
    for (const op of story.ops) await step(world, models, op, told)
    for (const client of models.keys()) await step(world, models, { op: 'lose', client }, told)
    // Each may be stuck in its goodbye, then in its step, then in its end.
    for (let stage = 0; stage < 4; stage++) await step(world, models, { op: 'wait' }, told)
    await assertOver(world, models)
  } catch (error) {
    throw new Error(`${(error as Error).message}\nafter:\n  ${told.join('\n  ')}`, { cause: error })
  } finally {
    await world.close()
  }
}

type Models = readonly (readonly ModelInstance[])[]

let news = 0

async function step(world: World, models: Models, op: Op, told: string[]): Promise<void> {
  if (!(await perform(world, models, op))) return
  told.push(JSON.stringify(op))
  await world.settle()
  await compare(world, models)
}

/** Whether it means anything now. */
async function perform(world: World, models: Models, op: Op): Promise<boolean> {
  switch (op.op) {
    case 'connect':
    case 'leave':
    case 'event': {
      const model = models[op.client]?.[op.endpoint] as ModelInstance
      const peer = world.peers[op.client]
      if (model.isLost || peer === undefined) return false
      if (op.op === 'connect') {
        // A client of 4 that connects twice breaks the grammar, and is cut.
        if (model.state === 'open' && model.generation === '4') return false
        peer.connect(model.endpoint)
        model.connect()
      } else if (op.op === 'leave') {
        peer.leave(model.endpoint)
        model.leave()
      } else {
        if (!model.takesEvents) return false
        peer.emit(model.endpoint, 'do', op.mode)
        model.event(op.mode)
      }
      return true
    }
    case 'lose': {
      const ofClient = models[op.client] as readonly ModelInstance[]
      if (ofClient.every(({ isLost }) => isLost)) return false
      await world.lose(op.client)
      for (const model of ofClient) model.lose()
      return true
    }
    case 'kick':
      world.kick(endpoints[op.endpoint] as string)
      for (const ofClient of models) ofClient[op.endpoint]?.kick()
      return true
    case 'broadcast': {
      const number = news++
      world.broadcast(endpoints[op.endpoint] as string, number)
      for (const ofClient of models) ofClient[op.endpoint]?.broadcast(`news [${number}]`)
      return true
    }
    case 'ask all': {
      const endpoint = endpoints[op.endpoint] as string
      assert.deepEqual(await world.askAll(endpoint), listed(models, op.endpoint), `who answers on ${endpoint}`)
      return true
    }
    case 'go on': {
      const labels = models.flat().flatMap((model) => model.labels)
      if (labels.length === 0) return false
      const label = labels[op.which % labels.length] as string
      world.goOn(label)
      for (const model of models.flat()) model.goOn(label)
      return true
    }
    case 'wait':
      world.wait()
      for (const model of models.flat()) model.wait()
      return true
  }
}

function listed(models: Models, endpoint: number): number[] {
  return [...models.keys()].filter((client) => models[client]?.[endpoint]?.isListed)
}

async function compare(world: World, models: Models): Promise<void> {
  for (const [client, ofClient] of models.entries()) {
    for (const model of ofClient) {
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
  for (const [at, endpoint] of endpoints.entries()) {
    assert.deepEqual(await world.listed(endpoint), listed(models, at), `who is listed in ${endpoint}`)
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

async function assertOver(world: World, models: Models): Promise<void> {
  for (const [client, ofClient] of models.entries()) {
    for (const model of ofClient) {
      const journal = world.journal(client, model.endpoint)
      for (let life = 0; life <= model.life; life++) {
        const ofLife = journal.filter((line) => line.startsWith(`${life} `))
        const count = (what: string): number => ofLife.filter((line) => line.startsWith(`${life} ${what}`)).length
        assert.equal(count('disconnect'), 1, `life ${life} of client ${client} on ${model.endpoint} is cleaned up once`)
        assert.ok(count('recv_disconnect') <= 1)
      }
    }
  }
  assert.deepEqual(await world.remains(), { listed: 0, rooms: 0, sids: 0, timers: 0 })
  const codes = world.reports.takeAll().map(({ cause }) => Reflect.get(Object(cause) as object, 'code') as unknown)
  assert.ok(!codes.includes('SIO_CLOSED'), 'a client that has gone is a failure of nobody')
}
