// Owns: that real frameworks serve their pages and websockets as before with io in their app, and clients of every kind are
// served beside them.
// Elsewhere: the apps (apps/), other libraries on one server (test/conformance/faces/neighbours.test.ts).
import assert from 'node:assert/strict'
import { after, before, test, type TestContext } from 'node:test'
import { WebSocket } from 'ws'
import { within } from '../support/journal.js'
import { nodeClient } from '../support/node-client.js'
import { testDocumented } from './documented.js'
import { installNeighbours, type Neighbours } from './installed.js'

interface App {
  readonly name: string
  readonly variants: readonly string[]
  /** A page of the app's own. */
  readonly page: string
  /** Talks to the app's own websocket, and resolves with what that has answered to `echo`. */
  readonly websocket?: (t: TestContext, url: string) => Promise<unknown>
}

const echo = async (t: TestContext, url: string): Promise<unknown> => {
  const [answer] = await talk(t, `${url}/echo`, ['echo'], 1)
  return answer
}

const apps: readonly App[] = [
  { name: 'vite', variants: ['in an app', 'with io as a plugin', 'as a proxy'], page: '/', websocket: talkToVite },
  {
    name: 'express-ws',
    variants: ['behind io', 'in front of io', 'beside io.attach()'],
    page: '/page',
    websocket: echo,
  },
  {
    name: 'fastify',
    variants: ['with the plugin', 'with @fastify/middie', 'with a hook', 'behind io'],
    page: '/page',
    websocket: echo,
  },
  { name: 'others', variants: ['polka', 'h3'], page: '/page' },
  { name: 'hono', variants: ['behind io'], page: '/page', websocket: echo },
  {
    name: 'nest',
    variants: ['with a gateway'],
    page: '/page',
    async websocket(t, url) {
      const [answer] = await talk(t, `${url}/gateway`, [JSON.stringify({ event: 'echo', data: 'echo' })], 1)
      return (JSON.parse(answer ?? '') as { data: unknown }).data
    },
  },
]

const ways = [
  ['0.9', 'xhr-polling'],
  ['0.9', 'websocket'],
  ['4', 'polling'],
  ['4', 'websocket'],
  ['4', 'upgrade'],
  ['2', 'websocket'],
] as const

/** Sends texts on a websocket, and resolves with the first ones that come. */
async function talk(
  t: TestContext,
  url: string,
  texts: readonly string[],
  count: number,
  protocol?: string,
): Promise<string[]> {
  const websocket = new WebSocket(url.replace(/^http/, 'ws'), protocol, { origin: url })
  t.after(() => {
    websocket.terminate()
  })
  const received: string[] = []
  const enough = new Promise<void>((resolve, reject) => {
    websocket.on('error', reject)
    websocket.on('close', (code) => {
      reject(new Error(`${url} was closed with ${code}`))
    })
    websocket.on('message', (data: Buffer) => {
      received.push(data.toString())
      if (received.length === count) resolve()
    })
    websocket.on('open', () => {
      for (const text of texts) websocket.send(text)
    })
  })
  await within(`${count} texts of ${url}`, enough)
  return received
}

// Its client's script has the token that its websocket wants.
async function talkToVite(t: TestContext, url: string): Promise<unknown> {
  const script = await (await fetch(`${url}/@vite/client`)).text()
  const token = /wsToken = "([^"]+)"/.exec(script)?.[1]
  assert.notEqual(token, undefined, script.slice(0, 1_000))
  const [connected] = await talk(t, `${url}/?token=${token}`, [], 1, 'vite-hmr')
  assert.deepEqual(JSON.parse(connected ?? ''), { type: 'connected' })
  return 'echo'
}

// The programs of docs/frameworks.md, as they stand there.
for (const [file, event, word, expected] of [
  ['hono.mjs', 'say', 'hello', 'heard hello'],
  ['nest.ts', 'greet', 'ann', 'hello ann'],
] as const) {
  test(`the program ${file} of the docs serves clients of every kind`, async (t) => {
    const url = await neighbours.startDocumented(t, file)
    for (const [generation, transport] of ways) {
      const client = nodeClient(t, url, transport, generation)
      const said = await client.run(
        ({ connect, ask }, { event: name, word: text }) => ask(connect('/chat'), name, text),
        {
          event,
          word,
        },
      )
      assert.deepEqual(said, [expected])
    }
    if (file === 'hono.mjs') assert.equal(await (await fetch(`${url}/page`)).text(), 'a page of Hono')
  })
}

let neighbours: Neighbours
before(async () => {
  neighbours = await installNeighbours()
})
after(() => neighbours.remove())

testDocumented(() => neighbours)

const noWebsocket = async (): Promise<unknown> => 'echo'

for (const { name, variants, page, websocket = noWebsocket } of apps) {
  for (const variant of variants) {
    test(`${name} ${variant}: its page and its websocket work, and clients of every kind are served`, async (t) => {
      const url = await neighbours.start(t, name, variant)
      assert.equal(await websocket(t, url), 'echo')
      for (const [generation, transport] of ways) {
        const client = nodeClient(t, url, transport, generation)
        const answer = await client.run(async ({ connect, ask }, text) => {
          const socket = connect()
          await socket.socket.settled?.()
          return ask(socket, 'echo', text)
        }, `${generation} by ${transport} 😀`)
        assert.deepEqual(answer, [`${generation} by ${transport} 😀`])
      }
      const answered = await fetch(url + page)
      assert.equal(answered.status, 200)
      assert.match(await answered.text(), /page/)
      assert.equal(await websocket(t, url), 'echo')
    })

    test(`${name} ${variant}: a websocket client may be the first to come`, async (t) => {
      const url = await neighbours.start(t, name, variant)
      const client = nodeClient(t, url, 'websocket', '4')
      assert.deepEqual(await client.run(({ connect, ask }) => ask(connect(), 'echo', 1)), [1])
      assert.equal(await websocket(t, url), 'echo')
    })
  }
}
