// Owns: what the compiler makes of us and of an application's classes: declarations that say the same again.
// Elsewhere: what it lets through and what not (fixtures/).
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test, type TestContext } from 'node:test'

const root = join(import.meta.dirname, '..', '..', '..')
const fixtures = ['typed-events', 'mixins', 'fastify', 'is-exactly'].map(
  (name) => `test/unit/types/fixtures/${name}.ts`,
)

/** A folder in which packages are found as they are here. */
function scratchFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'types-'))
  t.after(() => {
    rmSync(folder, { recursive: true })
  })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir')
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  return folder
}

/** Compiles by a configuration like that of `base`; returns what the compiler has to say, which is nothing at best. */
function compile(folder: string, base: string, config: { files?: string[]; compilerOptions: object }): string {
  const path = join(folder, 'tsconfig.json')
  const compilerOptions = { typeRoots: [join(root, 'node_modules', '@types')], ...config.compilerOptions }
  writeFileSync(path, JSON.stringify({ include: [], ...config, extends: join(root, base), compilerOptions }))
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const { stdout, stderr, status } = spawnSync(process.execPath, [compiler, '-p', path], { encoding: 'utf8' })
  return status === 0 ? '' : `${stdout}${stderr}`
}

/** Compiles the fixtures and all of us that they use into `folder`. */
function declareFixtures(folder: string): string {
  return compile(folder, 'tsconfig.json', {
    files: fixtures.map((path) => join(root, path)),
    compilerOptions: { noEmit: false, emitDeclarationOnly: true, rootDir: root, outDir: folder },
  })
}

/** Where the declarations that are reachable from `entry` import from, beside themselves. */
function packagesOf(entry: string): Set<string> {
  const packages = new Set<string>()
  const files = [entry]
  for (const file of files) {
    const text = readFileSync(file, 'utf8')
    const found = text.matchAll(/(?:from|import|import\(|<reference types=)\s*(['"])([^'"\n]+)\1/g)
    for (const [, , specifier = ''] of found) {
      if (!specifier.startsWith('.')) packages.add(specifier)
      else {
        const path = join(dirname(file), specifier.replace(/\.js$/, '.d.ts'))
        assert.ok(existsSync(path), `${path}, which ${file} imports`)
        if (!files.includes(path)) files.push(path)
      }
    }
  }
  return packages
}

test('typed namespaces and mixins compile with declarations, and what they must not do does not', (t) => {
  const folder = scratchFolder(t)
  assert.equal(declareFixtures(folder), '')
  for (const path of fixtures) assert.ok(existsSync(join(folder, path.replace(/\.ts$/, '.d.ts'))), path)
})

test('declarations of typed namespaces keep their types for whoever imports them', (t) => {
  const folder = scratchFolder(t)
  assert.equal(declareFixtures(folder), '')
  const consumer = join(folder, 'consumer', 'consumer.ts')
  mkdirSync(dirname(consumer))
  writeFileSync(
    consumer,
    `import { Mixed } from '../test/unit/types/fixtures/mixins.js'
    export class Mine extends Mixed {
      on_all() {
        this.greet(this.session.name)
        this.emitToRoom('lobby', 'said', 'ann', this.request.ip ?? '')
        // @ts-expect-error no such event
        this.emitToRoom('lobby', 'nope')
        // @ts-expect-error no such event
        this.broadcastEvent('nope')
        // @ts-expect-error no such event
        this.emit('nope')
        // @ts-expect-error not in the session
        this.session.nope
      }
    }`,
  )
  assert.equal(compile(dirname(consumer), 'tsconfig.json', { files: [consumer], compilerOptions: {} }), '')
})

for (const mixin of ['RoomsMixin', 'BroadcastMixin', 'SessionMixin']) {
  test(`a class that extends ${mixin} without calling it is told what to write`, (t) => {
    const folder = scratchFolder(t)
    const wrong = join(folder, 'wrong.ts')
    writeFileSync(
      wrong,
      `import { BaseNamespace, ${mixin}, socketioMiddleware } from '${join(root, 'lib', 'index.js')}'
      export class Right extends ${mixin}(BaseNamespace) {}
      // @ts-expect-error no class of a namespace
      socketioMiddleware({ '/mixin': ${mixin}, '/right': Right })
      export class Wrong extends ${mixin} {}`,
    )
    const said = compile(folder, 'tsconfig.json', { files: [wrong], compilerOptions: {} })
    assert.ok(said.includes(`Base constructor return type '"write: extends ${mixin}(BaseNamespace)"'`), said)
    assert.equal(said.match(/error TS/g)?.length, 1, said)
  })
}

test("a class types its clients' sockets and io, in the types of socket.io-client 4", (t) => {
  const folder = scratchFolder(t)
  const contract = join(root, 'test', 'unit', 'types', 'contract')
  const files = ['client.ts', 'server.ts', 'schemas.ts'].map((name) => join(contract, name))
  const compilerOptions = { noEmit: false, emitDeclarationOnly: true, rootDir: root, outDir: folder }
  const base = join('test', 'unit', 'types', 'contract', 'tsconfig.json')
  assert.equal(compile(folder, base, { files, compilerOptions }), '')
})

test("a name that no event has is answered with the names that there are, as by socket.io's own types", (t) => {
  const folder = scratchFolder(t)
  const wrong = join(folder, 'wrong.ts')
  writeFileSync(
    wrong,
    `import type { ClientSocket } from 'socketio-middleware'
    import { BaseNamespace } from 'socketio-middleware'
    declare class Chat extends BaseNamespace<{ emits: { said: () => void } }> {
      on_say(text: string): void
      on_sum(a: number, b: number): number
    }
    declare const chat: ClientSocket<typeof Chat>
    chat.emit('sayd', 'hello')`,
  )
  const base = join('test', 'unit', 'types', 'contract', 'tsconfig.json')
  const said = compile(folder, base, { files: [wrong], compilerOptions: {} })
  assert.match(said, /Argument of type '"sayd"' is not assignable to parameter of type '"say" \| "sum"'/)
})

test('without types of the client a class types a socket for 0.9 and 2', (t) => {
  const folder = scratchFolder(t)
  const page = join(folder, 'page.ts')
  writeFileSync(
    page,
    `import type { ClientSocket, ContractSocket } from '${join(root, 'lib', 'index.js')}'
    import { BaseNamespace } from '${join(root, 'lib', 'index.js')}'
    declare class Chat extends BaseNamespace<{ emits: { said: (text: string) => void } }> {
      on_say(text: string): number
    }
    declare const io: { connect(endpoint: string): unknown }
    export const chat = io.connect('/chat') as ClientSocket<typeof Chat>
    export const same: ContractSocket<typeof Chat> = chat
    chat.emit('say', 'hello', (answer) => answer.toFixed())
    chat.on('said', (text) => text.length)
    chat.on('error', (name) => name.length)
    // @ts-expect-error no such event
    chat.emit('sayd', 'hello')
    // @ts-expect-error an argument is of another type
    chat.emit('say', 1)
    // @ts-expect-error no such event
    chat.on('nope', () => {})`,
  )
  assert.equal(compile(folder, 'tsconfig.json', { files: [page], compilerOptions: {} }), '')
})

test('the public declarations import no framework, and nothing that is not installed with the package', (t) => {
  const folder = scratchFolder(t)
  const compilerOptions = { emitDeclarationOnly: true, rootDir: join(root, 'lib'), outDir: join(folder, 'dist') }
  const files = [join(root, 'lib', 'index.ts')]
  assert.equal(compile(folder, join('lib', 'tsconfig.json'), { files, compilerOptions }), '')
  const packages = [...packagesOf(join(folder, 'dist', 'index.d.ts'))]
  assert.ok(packages.includes('node:http'), packages.join())
  // The client is not installed with it, and need not be: that import may fail.
  assert.deepEqual(packages.filter((name) => !name.startsWith('node:')).toSorted(), [
    'socket.io-adapter',
    'socket.io-client',
  ])
})
