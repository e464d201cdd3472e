// Owns: holding README and docs against the code: their programs run, their parts type-check, and nothing public is missing.
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { io as open, type Socket as ClientSocket } from 'socket.io-client-4'
import { optionNames } from '../../lib/server/settings.js'
import { errorCodes } from '../../lib/support/errors.js'
import { boundDefaults, durationDefaults } from '../../lib/support/options.js'
import {
  makeFolder,
  readBlocks,
  readDocuments,
  readPage,
  removeFolder,
  runNode,
  startProgram,
} from '../support/documents.js'
import { nodeClient } from '../support/node-client.js'

const root = join(import.meta.dirname, '..', '..')
const documents = readDocuments()
const text = [...documents.values()].join('\n')
const ours = readBlocks().filter(({ mark }) => mark !== 'theirs')

/** A client that speaks the wire over xhr-polling, as the README shows it. */
class Client {
  cookie = ''
  readonly #url: string
  #waiting: string[] = []

  constructor(url: string) {
    this.#url = url
  }

  static async connect(origin: string, endpoint: string): Promise<Client> {
    const handshake = await fetch(`${origin}/socket.io/1/`, { headers: { cookie: 'member=yes' } })
    assert.equal(handshake.status, 200)
    const [sid] = (await handshake.text()).split(':')
    const client = new Client(`${origin}/socket.io/1/xhr-polling/${sid}`)
    client.cookie = handshake.headers.get('set-cookie')?.split(';', 1)[0] ?? ''
    assert.equal(await client.next(), '1::')
    await client.send(`1::${endpoint}`)
    assert.equal(await client.next(), `1::${endpoint}`)
    return client
  }

  async send(packet: string): Promise<void> {
    const answer = await fetch(this.#url, { method: 'POST', body: packet, signal: AbortSignal.timeout(20_000) })
    assert.equal(await answer.text(), '1')
  }

  /** The next packet from the server. */
  async next(): Promise<string> {
    while (this.#waiting.length === 0) {
      const answer = await fetch(this.#url, { signal: AbortSignal.timeout(20_000) })
      this.#waiting.push(...(await answer.text()).split(/\ufffd\d+\ufffd/).filter((packet) => packet !== ''))
    }
    return this.#waiting.shift() as string
  }
}

/** The arguments of a client's next event of that name. */
function once(socket: ClientSocket, event: string): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    const late = AbortSignal.timeout(20_000)
    late.addEventListener('abort', () => {
      reject(new Error(`expected the event ${event}`))
    })
    socket.once(event, (...args: unknown[]) => {
      resolve(args)
    })
  })
}

describe('the programs of README and docs', () => {
  let folder: string
  before(() => {
    folder = makeFolder(ours)
  })
  after(() => {
    removeFolder(folder)
  })

  test('the quick start on Express serves its page and script, and answers', async (t) => {
    const origin = await startProgram(t, folder, 'express.js')
    assert.equal(await (await fetch(`${origin}/`)).text(), readPage())
    assert.match(await (await fetch(`${origin}/socket.io/socket.io.js`)).text(), /Socket\.IO\.js build:0\.9\.17/i)
    const client = await Client.connect(origin, '/chat')
    await client.send('5:1+:/chat:{"name":"say","args":["hello"]}')
    assert.equal(await client.next(), '5::/chat:{"name":"said","args":["hello"]}')
    assert.equal(await client.next(), '6::/chat:1+["delivered"]')
  })

  test('the quick start on Koa answers', async (t) => {
    const client = await Client.connect(await startProgram(t, folder, 'koa.js'), '/chat')
    await client.send('5:1+:/chat:{"name":"say","args":["hello"]}')
    assert.equal(await client.next(), '5::/chat:{"name":"said","args":["hello"]}')
    assert.equal(await client.next(), '6::/chat:1+["delivered"]')
  })

  test('the program for Fastify knows who has logged in', async (t) => {
    const origin = await startProgram(t, folder, 'fastify.ts')
    const login = await fetch(`${origin}/login`, { method: 'POST' })
    assert.equal(await login.text(), 'welcome')
    const cookie = login.headers.get('set-cookie')?.split(';', 1)[0] ?? ''
    for (const [headers, name] of [
      [{ cookie }, 'ann'],
      [{}, 'nobody'],
    ] as const) {
      const chat = open(`${origin}/chat`, { extraHeaders: headers, forceNew: true, transports: ['websocket'] })
      t.after(() => chat.disconnect())
      assert.equal(await chat.timeout(20_000).emitWithAck('whoami'), name)
    }
  })

  test('the tour does what its comments say', async (t) => {
    const origin = await startProgram(t, folder, 'tour.ts')
    const ann = await Client.connect(origin, '/chat')
    assert.match(await ann.next(), /^5::\/chat:\{"name":"time","args":\["20.*Z"\]\}$/)
    await ann.send('5::/chat:{"name":"say","args":["too early"]}')
    const denied = 'You do not have access to method \\"on_say\\"'
    assert.equal(await ann.next(), `5::/chat:{"name":"error","args":["method_access_denied","${denied}"]}`)
    await ann.send('5:1+:/chat:{"name":"login","args":["ann"]}')
    assert.equal(await ann.next(), '6::/chat:1+["welcome ann"]')

    const bob = await Client.connect(origin, '/chat')
    await bob.next()
    await bob.send('5:1+:/chat:{"name":"login","args":["bob"]}')
    await bob.next()
    await bob.send('5::/chat:{"name":"say","args":["hi"]}')
    assert.equal(await ann.next(), '5::/chat:{"name":"said","args":["bob","hi"]}')

    await ann.send('5:2+:/chat:{"name":"ask me"}')
    const asked = await ann.next()
    const id = /^5:(\d+)\+:\/chat:\{"name":"quiz","args":\["What is six times seven\?"\]\}$/.exec(asked)?.[1]
    assert.ok(id, asked)
    await ann.send(`6::/chat:${id}+["42"]`)
    assert.equal(await ann.next(), '6::/chat:2+[true]')

    await bob.send('0::')
    assert.equal(await ann.next(), '5::/chat:{"name":"left","args":["bob"]}')
    assert.equal((await fetch(`${origin}/notice`, { method: 'POST' })).status, 204)
    assert.equal(await ann.next(), '5::/chat:{"name":"said","args":["server","We close in five minutes."]}')
  })

  for (const [name, language, tests] of [
    ['testing', 'js', 1],
    ['testing-clients', 'ts', 2],
    ['testing-login', 'ts', 1],
    ['testing-agent', 'ts', 2],
    ['testing-class', 'ts', 2],
  ] as const) {
    test(`the example ${name} of tests passes`, async () => {
      const { code, output } = await runNode(folder, ['--import', 'tsx', '--test-reporter=tap', `${name}.${language}`])
      assert.equal(code, 0, output)
      assert.match(output, new RegExp(`^# pass ${tests}$`, 'm'))
    })
  }

  test('the example of a class, its schemas, a typed client and a test passes', async (t) => {
    const withNewClient = makeFolder(ours, '4')
    t.after(() => {
      removeFolder(withNewClient)
    })
    const { code, output } = await runNode(withNewClient, ['--import', 'tsx', 'contract.ts'])
    assert.equal(code, 0, output)
    assert.match(output, /pass 1\b/)
  })

  test('the logout ends the sockets of its session at their next event, and only those', async (t) => {
    const origin = await startProgram(t, folder, 'logout.ts')
    const leaver = await Client.connect(origin, '/account')
    const other = await Client.connect(origin, '/account')
    await leaver.send('5:1+:/account:{"name":"balance"}')
    assert.equal(await leaver.next(), '6::/account:1+[42]')
    const logout = await fetch(`${origin}/logout`, { method: 'POST', headers: { cookie: leaver.cookie } })
    assert.equal(logout.status, 204)
    await leaver.send('5:2+:/account:{"name":"balance"}')
    assert.equal(await leaver.next(), '5::/account:{"name":"logged out"}')
    assert.equal(await leaver.next(), '0::')
    await other.send('5:1+:/account:{"name":"balance"}')
    assert.equal(await other.next(), '6::/account:1+[42]')
  })

  test('the logout by rooms ends the sockets of its session at once, and only those', async (t) => {
    const origin = await startProgram(t, folder, 'logout-at-once.ts')
    const leaver = await Client.connect(origin, '/account')
    const other = await Client.connect(origin, '/account')
    const logout = await fetch(`${origin}/logout`, { method: 'POST', headers: { cookie: leaver.cookie } })
    assert.equal(logout.status, 204)
    assert.equal(await leaver.next(), '5::/account:{"name":"logged out"}')
    assert.equal(await leaver.next(), '0::')
    await other.send('5:1::{"name":"still here"}')
    assert.equal(await other.next(), '6:::1')
  })

  test('the class that came from gevent-socketio works', async (t) => {
    const client = await Client.connect(await startProgram(t, folder, 'gevent.ts'), '/chat')
    assert.match(await client.next(), /^5::\/chat:\{"name":"time","args":\[\d+\]\}$/)
    await client.send('5:1+:/chat:{"name":"login","args":["ann"]}')
    let packet = await client.next()
    while (packet.includes('"time"')) packet = await client.next()
    assert.equal(packet, '6::/chat:1+[true,"ann"]')
  })

  test('the class that came from socket.io 0.9 works', async (t) => {
    const origin = await startProgram(t, folder, 'socket.io-0.9.js')
    const refused = await fetch(`${origin}/socket.io/1/`)
    assert.equal(refused.status, 403)
    assert.equal(await refused.text(), 'handshake unauthorized')
    const ann = await Client.connect(origin, '/chat')
    const bob = await Client.connect(origin, '/chat')
    await bob.send('5:1+:/chat:{"name":"say","args":["hi"]}')
    assert.equal(await bob.next(), '6::/chat:1+["delivered"]')
    assert.equal(await ann.next(), '5::/chat:{"name":"said","args":["hi"]}')
  })

  test('the class that came from Socket.IO 4 works, and refuses clients of any generation', async (t) => {
    const origin = await startProgram(t, folder, 'socket.io-4.js')
    const ann = open(`${origin}/chat`, { auth: { token: 'secret' }, forceNew: true })
    const stranger = open(`${origin}/chat`, { forceNew: true })
    t.after(() => {
      ann.disconnect()
      stranger.disconnect()
    })
    const old = assert.rejects(Client.connect(origin, '/chat'), { actual: '7::/chat:2' })
    const refused = once(stranger, 'connect_error')
    await once(ann, 'connect')
    const time = once(ann, 'time')
    assert.equal(await ann.timeout(20_000).emitWithAck('say', 'hi'), 'delivered')
    assert.equal(typeof (await time)[0], 'number')
    assert.equal(String((await refused)[0]), 'Error: who are you?')
    await old
  })

  for (const [generation, path, options, refused] of [
    ['0.9', '/chat?token=secret', {}, 'connect_failed'],
    ['2', '/chat?token=secret', {}, 'error'],
    ['2', '/chat', { query: { token: 'secret' } }, 'error'],
    ['3', '/chat', { auth: { token: 'secret' } }, 'connect_error'],
    ['4', '/chat', { auth: { token: 'secret' } }, 'connect_error'],
    ['4', '/chat', { query: { token: 'secret' } }, 'connect_error'],
  ] as const) {
    test(`a client of ${generation} with ${path} and ${JSON.stringify(options)} shows its token as the docs say`, async (t) => {
      const origin = await startProgram(t, folder, 'token.ts')
      const client = nodeClient(t, origin, 'websocket', generation)
      const place = { path, options }
      const answer = await client.run((kit, at) => kit.ask(kit.connect(at.path, at.options), 'whoami'), place)
      assert.deepEqual(answer, ['ann'])
      const [told] = await client.run((kit, event) => kit.next(kit.connect('/chat'), event), refused)
      const expected = { '0.9': 'unauthorized', 2: { retry: false }, 3: 'who are you?', 4: 'who are you?' }
      assert.deepEqual(told, expected[generation])
    })
  }

  test('every block of code in README and docs passes the compiler', async () => {
    const base = {
      extends: join(root, 'tsconfig.json'),
      compilerOptions: { moduleDetection: 'force', noUnusedLocals: false, noUnusedParameters: false },
    }
    // Programs in JavaScript are checked for what they use of us, not for missing types.
    const loose = { ...base.compilerOptions, allowJs: true, checkJs: true, noImplicitAny: false }
    // Pages in TypeScript have the newest client, which has types.
    const client = join(root, 'node_modules/socket.io-client-4/build/esm/index.d.ts')
    const typed = { ...base.compilerOptions, paths: { 'socket.io-client': [client] } }
    const configs = {
      'ts.json': { ...base, compilerOptions: typed, include: [], files: filesIn('ts') },
      'js.json': { ...base, compilerOptions: loose, include: [], files: filesIn('js') },
    }
    for (const [name, config] of Object.entries(configs)) {
      writeFileSync(join(folder, name), JSON.stringify(config))
      const { code, output } = await runNode(folder, [join(root, 'node_modules/typescript/bin/tsc'), '-p', name])
      assert.equal(code, 0, output)
    }
  })
})

test('every block of code in README and docs is marked, and every program is one of those that run here', () => {
  assert.deepEqual(
    readBlocks()
      .filter(({ mark }) => mark === undefined)
      .map(({ place }) => place),
    [],
  )
  const programs = ours.filter(({ mark }) => mark === 'runs').map(({ name }) => name)
  // These run in guides.test.ts and in observation/recipes.test.ts.
  const guided = ['auth-session', 'debug-log', 'sockjs']
  const observed = ['metrics', 'pino', 'opentelemetry']
  const run = [
    'express',
    'koa',
    'tour',
    'testing',
    'testing-clients',
    'testing-login',
    'testing-agent',
    'testing-class',
    'contract',
    'logout',
    'logout-at-once',
    'token',
    'gevent',
    'socket.io-0.9',
    'socket.io-4',
    'fastify',
    ...guided,
    ...observed,
  ]
  assert.deepEqual(programs.toSorted(), run.toSorted())
})

test('every option is in docs/options.md, and every number with its default', () => {
  const options = documents.get('docs/options.md') as string
  for (const name of optionNames) assert.ok(new RegExp(`^\\|.*\`${name}\`.*\\|`, 'm').test(options), name)
  for (const [name, value] of Object.entries({ ...durationDefaults, ...boundDefaults })) {
    const shown = String(value).replaceAll(/\B(?=(?:\d{3})+$)/g, '_')
    assert.ok(options.includes(`| \`${name}\` | \`${shown}\` |`), `${name}: ${shown}`)
  }
})

test('every error code is in the docs, and no other', () => {
  const told = new Set([...text.matchAll(/SIO_[A-Z_]+[A-Z]/g)].map(([code]) => code))
  assert.deepEqual([...told].toSorted(), Object.keys(errorCodes).toSorted())
})

test('everything that is exported is in the docs', () => {
  const index = readFileSync(join(root, 'lib', 'index.ts'), 'utf8')
  const names = [...index.matchAll(/\{([^}]*)\}/g)].flatMap(([, list = '']) => list.match(/\w+/g) ?? [])
  assert.ok(names.length > 40)
  for (const name of names) assert.match(text, new RegExp(`\`${name}\\b|\\b${name}\\(`), name)
})

test('every link in README and docs leads somewhere', () => {
  for (const [path, document] of documents) {
    const prose = document.replaceAll(/```[^]*?```|`[^`\n]*`/g, '')
    for (const [, target = ''] of prose.matchAll(/\]\(([^)]+)\)/g)) {
      const [file = '', anchor] = target.split('#')
      const place = file === '' ? path : join(dirname(path), file)
      assert.ok(existsSync(join(root, place)), `${path}: ${target}`)
      if (anchor !== undefined) assert.ok(anchorsOf(place).includes(anchor), `${path}: ${target}`)
    }
  }
})

function filesIn(language: string): string[] {
  return ours.filter((block) => block.language === language).map(({ name }) => `${name}.${language}`)
}

// As GitHub makes them of headings.
function anchorsOf(path: string): string[] {
  const headings = [...(documents.get(path) ?? '').matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading)
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .trim()
      .replaceAll(' ', '-'),
  )
}
