// Owns: what a stranger gets who installs the package: files, ESM, CommonJS, types.
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { after, before, test } from 'node:test'
import { command, installTarball, type Installed } from './tarball.js'

let installed: Installed
before(async () => {
  installed = await installTarball()
})
after(() => installed.remove())

// Starts a server with a namespace, does a handshake, and says what came of it.
const handshake = `
class Chat extends RoomsMixin(BroadcastMixin(BaseNamespace)) {}
const io = socketioMiddleware({ '/chat': Chat })
const server = http.createServer(io)
server.listen(0, '127.0.0.1', async () => {
  const response = await fetch('http://127.0.0.1:' + server.address().port + '/socket.io/1/')
  console.log(response.status, (await response.text()).replace(/^[\\w-]+/, 'sid'))
  await io.close()
  server.close()
  server.closeAllConnections()
})
`
const answered = '200 sid:60:60:websocket,htmlfile,xhr-polling,jsonp-polling\n'

test('the tarball holds what was built of lib/, the documents, and nothing else', () => {
  const lib = join(import.meta.dirname, '..', '..', 'lib')
  const modules = readdirSync(lib, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.name.endsWith('.ts'))
    .map((entry) => relative(lib, join(entry.parentPath, entry.name)).replaceAll('\\', '/').slice(0, -3))
  const built = modules.flatMap((name) => [`dist/${name}.js`, `dist/${name}.d.ts`])
  const documents = ['CHANGELOG.md', 'LICENSE', 'README.md', 'SECURITY.md', 'package.json']
  assert.deepEqual(installed.files.toSorted(), [...built, ...documents].toSorted())
})

test('import of the package starts a server that shakes hands', async () => {
  await installed.write(
    'server.mjs',
    `import http from 'node:http'
import { BaseNamespace, BroadcastMixin, RoomsMixin, socketioMiddleware } from 'socketio-middleware'
${handshake}`,
  )
  assert.deepEqual(await installed.node(['server.mjs']), { stdout: answered, stderr: '' })
})

test('require() of the package starts a server that shakes hands', async () => {
  await installed.write(
    'server.cjs',
    `const http = require('node:http')
const { BaseNamespace, BroadcastMixin, RoomsMixin, socketioMiddleware } = require('socketio-middleware')
${handshake}`,
  )
  assert.deepEqual(await installed.node(['server.cjs']), { stdout: answered, stderr: '' })
})

test('an application type-checks strictly against the package with no types but those of Node', async () => {
  await installed.write(
    'app.mts',
    `import http from 'node:http'
import { BaseNamespace, BroadcastMixin, RoomsMixin, socketioMiddleware } from 'socketio-middleware'
import type { Constructor, Environ, Options, Rooms, TypesOf } from 'socketio-middleware'

interface Events {
  said: (name: string, text: string) => void
  ask: (question: string, answer: (reply: number) => void) => void
}
interface Session {
  name?: string
}

export class Chat extends RoomsMixin(BroadcastMixin(BaseNamespace<{ emits: Events; session: Session }>)) {
  override getInitialAcl() {
    return ['recv_connect', 'on_login']
  }
  async on_login(name: string): Promise<string> {
    this.session.name = name
    await this.join('lobby')
    this.liftAclRestrictions()
    const reply: number = await this.emitWithAck('ask', 'how many?')
    this.emitToRoom('lobby', 'said', name, String(reply))
    const url: string | undefined = this.request.url
    const environ: Environ = this.environ
    return \`\${url} \${environ.address}\`
  }
  on_wrong(): void {
    // @ts-expect-error There is no such event.
    this.emit('nope')
    // @ts-expect-error Its arguments are texts.
    this.broadcastEvent('said', 1, 2)
  }
}

const options: Options = { closeTimeout: 30_000 }
const io = socketioMiddleware({ '/chat': Chat }, options)
io.of<Events>('/chat').to('lobby').emit('said', 'server', 'hello')
export const server: http.Server = http.createServer(io)
export type { Constructor, Rooms, TypesOf }
`,
  )
  await installed.write(
    'tsconfig.json',
    JSON.stringify({
      compilerOptions: {
        target: 'es2022',
        module: 'nodenext',
        lib: ['es2023'],
        types: ['node'],
        strict: true,
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        skipLibCheck: false,
        declaration: true,
        noEmit: true,
      },
      files: ['app.mts'],
    }),
  )
  const { stdout } = await runTool(command('typescript', 'bin/tsc'), '-p', '.')
  assert.equal(stdout, '')
})

test('publint finds nothing in the package', async () => {
  const { stdout } = await runTool(command('publint', 'src/cli.js'), 'run', installed.tarball, '--strict')
  assert.match(stdout, /All good!/)
})

test('attw finds the types right for an ESM-only package', async () => {
  const attw = command('@arethetypeswrong/cli', 'dist/index.js')
  const options = ['--profile', 'esm-only', '--no-definitely-typed', '--format', 'json']
  const { stdout } = await runTool(attw, installed.tarball, ...options)
  const { analysis } = JSON.parse(stdout) as { analysis: { entrypoints: object } }
  assert.deepEqual(Object.keys(analysis.entrypoints), ['.', './package.json'])
})

// Its output says what is wrong; the error of a process that failed does not show it.
async function runTool(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  try {
    return await installed.node(args)
  } catch (error) {
    throw new Error(`${String(Reflect.get(error as object, 'stdout'))}${String(error)}`, { cause: error })
  }
}
