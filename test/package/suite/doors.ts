// Owns: what a stranger gets who installs the package: its files, and the same things through either door.
import assert from 'node:assert/strict'
import { readdirSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { test } from 'node:test'
import { imports, prints, requires, talk, transcript } from '../talk.js'
import { command, type Installed } from '../tarball.js'

// Recovery, and the script that makes old clients count, are 14 kB of it.
const mostBytes = 220_000

export function testDoors(installed: () => Installed): void {
  test('the tarball holds what was built of lib/, the documents beside it, and nothing else', () => {
    const root = join(import.meta.dirname, '..', '..', '..')
    const lib = join(root, 'lib')
    const modules = readdirSync(lib, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.name.endsWith('.ts'))
      .map((entry) => relative(lib, join(entry.parentPath, entry.name)).replaceAll('\\', '/').slice(0, -3))
    const built = modules.map((name) => `dist/${name}.js`)
    const client = 'dist/modules/client-socket.d.mts'
    const script = 'dist/client/seen.js'
    const doors = ['index', 'testing', 'fastify', 'sticky'].flatMap((entry) => [
      `dist/${entry}.mjs`,
      `dist/${entry}.d.mts`,
    ])
    const documents = ['LICENSE', 'README.md', 'package.json']
    const { files } = installed()
    assert.deepEqual(
      files.filter((name) => !name.endsWith('.d.ts')).toSorted(),
      [...built, ...doors, client, script, 'dist/package.json', ...documents].toSorted(),
    )
    // Each of them is one of ours; types/ tests that none is missing.
    const types = files.filter((name) => name.endsWith('.d.ts'))
    for (const entry of ['index', 'testing', 'fastify', 'sticky'])
      assert.ok(types.includes(`dist/${entry}.d.ts`), entry)
    for (const name of types) assert.ok([...built, script].includes(name.replace(/\.d\.ts$/, '.js')), name)
  })

  test(`the tarball has less than ${mostBytes} bytes`, () => {
    const { size } = statSync(installed().tarball)
    assert.ok(size < mostBytes, String(size))
  })

  for (const [way, file, program] of [
    ['import', 'talk.mjs', imports],
    ['require()', 'talk.cjs', requires],
  ] as const) {
    test(`${way} of the package gives a server that serves`, async () => {
      await installed().write(file, program + talk() + prints)
      const { stdout, stderr } = await installed().node([file])
      assert.deepEqual([JSON.parse(stdout), stderr], [transcript, ''])
    })
  }

  test('the counting script comes by import and by require(), and applies to the library that it is given', async () => {
    await installed().write(
      'seen.mjs',
      `import { createRequire } from 'node:module'
import imported from 'socketio-middleware/client/seen.js'
const required = createRequire(import.meta.url)('socketio-middleware/client/seen.js')
class Socket {}
class Transport {}
const library = { Socket, Transport }
console.log(imported === required, imported(library) === library, Socket.prototype.seen)
`,
    )
    const { stdout } = await installed().node(['seen.mjs'])
    assert.equal(stdout, 'true true 0\n')
  })

  for (const [entry, count] of [
    ['socketio-middleware', 18],
    ['socketio-middleware/testing', 6],
    ['socketio-middleware/fastify', 1],
    ['socketio-middleware/sticky', 3],
  ] as const) {
    test(`both doors of ${entry} give the same names and classes`, async () => {
      await installed().write(
        'both.mjs',
        `import { createRequire } from 'node:module'
import * as imported from '${entry}'
const required = createRequire(import.meta.url)('${entry}')
const { default: _whole, 'module.exports': _exports, ...named } = imported
const names = Object.keys(required).filter((name) => name !== 'default')
console.log(JSON.stringify([
  Object.keys(named).toSorted().join() === names.toSorted().join(),
  names.filter((name) => required[name] !== imported[name]),
  names.length,
  imported.default === required.default,
]))
`,
      )
      const { stdout } = await installed().node(['both.mjs'])
      assert.deepEqual(JSON.parse(stdout), [true, [], count, true])
    })
  }

  test('both doors of both entries share their state', async () => {
    await installed().write(
      'state.mjs',
      `import { createRequire } from 'node:module'
import * as imported from 'socketio-middleware'
import { openNamespace } from 'socketio-middleware/testing'
const require = createRequire(import.meta.url)
const required = require('socketio-middleware')
class Mixed extends required.RoomsMixin(imported.BaseNamespace) {
  on_say(text) {
    return text
  }
}
for (const { socketioMiddleware } of [imported, required]) {
  const io = socketioMiddleware({ '/chat': Mixed })
  const client = await require('socketio-middleware/testing').connect(io, '/chat')
  const { client: other } = await openNamespace(Mixed, { io, endpoint: '/chat' })
  console.log(await client.ask('say', 'hi'), await other.ask('say', 'there'), (await io.of('/chat').fetchSockets()).length)
}
`,
    )
    // It ends by itself, with its clients still there.
    const { stdout } = await installed().node(['state.mjs'])
    assert.equal(stdout, 'hi there 2\nhi there 2\n')
  })

  test('publint finds nothing in the package', async () => {
    const { stdout } = await installed().tool(command('publint', 'src/cli.js'), 'run', installed().tarball, '--strict')
    assert.match(stdout, /All good!/)
  })

  test('attw finds the types right for every way to resolve them', async () => {
    const attw = command('@arethetypeswrong/cli', 'dist/index.js')
    const options = ['--profile', 'strict', '--no-definitely-typed', '--format', 'json']
    const { stdout } = await installed().tool(attw, installed().tarball, ...options)
    const { analysis } = JSON.parse(stdout) as {
      analysis: { entrypoints: Record<string, { resolutions: object }>; problems: unknown[] }
    }
    assert.deepEqual(analysis.problems, [])
    const typed = ['.', './testing', './fastify', './sticky', './client/seen.js']
    assert.deepEqual(Object.keys(analysis.entrypoints), [...typed, './package.json'])
    for (const entry of typed) {
      const ways = Object.keys(analysis.entrypoints[entry]?.resolutions ?? {})
      assert.deepEqual(ways, ['node10', 'node16-cjs', 'node16-esm', 'bundler'])
    }
  })
}
