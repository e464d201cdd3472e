// Owns: applications in TypeScript against the installed package: six ways to resolve and compile it, and no types but Node's;
// and the types of clients and of io (../../unit/types/contract) by three compilers.
import assert from 'node:assert/strict'
import { mkdir, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { command, type Installed } from '../tarball.js'

const application = `
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

const options: Options = {
  closeTimeout: 30_000,
  errorHandler(_socket, _name, _message, _endpoint, _id, _quiet, error) {
    const cause: unknown = error?.cause
    console.error(cause)
  },
}
const io = socketioMiddleware({ '/chat': Chat }, options)
io.of<Events>('/chat').to('lobby').emit('said', 'server', 'hello')
io.to('lobby').emit('anything', 1)
// @ts-expect-error It has another name here.
io.on('connection', () => {})
export const server: http.Server = http.createServer(io)
export const code: string = new UsageError('SIO_USAGE_OPTION', 'no', { cause: 1 }).code
export type { Constructor, Rooms, TypesOf }

export async function tests(): Promise<http.Agent> {
  const clock = new TestClock()
  const client: TestClient<typeof Chat> = await connect<typeof Chat>(io, '/chat', { protocol: '0.9', cookies: { a: 'b' } })
  const welcome: string = await client.ask('login', 'anna')
  const [name, text] = await client.next('said')
  const both: string = name + text + welcome
  client.answer('ask', (question) => question.length)
  // @ts-expect-error There is no such handler.
  await client.ask('nope')
  // @ts-expect-error Its argument is a text.
  client.emit('login', 1)
  // @ts-expect-error There is no such event.
  await client.next('nope')
  const { namespace } = await openNamespace(Chat, { session: { name: both }, options: { clock } })
  const session: string | undefined = namespace.session.name
  const untyped = await connect(server, session)
  const anything: number = await untyped.ask('anything', 1)
  await clock.tick(anything)
  return memoryAgent(server)
}
`

const imports = `import * as http from 'node:http'
import { BaseNamespace, BroadcastMixin, RoomsMixin, UsageError, socketioMiddleware } from 'socketio-middleware'
import type { Constructor, Environ, Options, Rooms, TypesOf } from 'socketio-middleware'
import { TestClock, connect, memoryAgent, openNamespace } from 'socketio-middleware/testing'
import type { TestClient } from 'socketio-middleware/testing'
`

const old = ['typescript', '5.4'] as const
const between = ['typescript-5.6', '5.6'] as const
const today = ['here', '7'] as const

// What is compiled, and how: the ways that packages get wrong most often.
const cells: readonly (readonly [
  name: string,
  compiler: typeof old | typeof today,
  file: string,
  compilerOptions: object,
])[] = [
  [
    'moduleResolution node10, to CommonJS',
    old,
    'app.ts',
    { module: 'commonjs', moduleResolution: 'node10', target: 'es2022', esModuleInterop: true },
  ],
  ['a .cts file under node16', old, 'app.cts', { module: 'node16', target: 'es2022' }],
  ['an .mts file under node16', old, 'app.mts', { module: 'node16', target: 'es2022' }],
  [
    'target and lib es2020 under bundler',
    old,
    'app.ts',
    { module: 'esnext', moduleResolution: 'bundler', target: 'es2020', lib: ['es2020'] },
  ],
  ['an .mts file under nodenext', today, 'app.mts', { module: 'nodenext', target: 'es2022', lib: ['es2023'] }],
  [
    'a .cts file under nodenext, every check on',
    today,
    'app.cts',
    {
      module: 'nodenext',
      target: 'es2022',
      lib: ['es2020'],
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      noPropertyAccessFromIndexSignature: true,
    },
  ],
]

const contract = join(import.meta.dirname, '..', '..', 'unit', 'types', 'contract')

// A page's client where the client has no types: 0.9 and 2.
const page = `
import type { ClientSocket, ContractSocket } from 'socketio-middleware'
import { BaseNamespace } from 'socketio-middleware'
declare class Chat extends BaseNamespace<{ emits: { said: (text: string) => void } }> {
  on_say(text: string): number
}
declare const io: { connect(endpoint: string): unknown }
const chat = io.connect('/chat') as ClientSocket<typeof Chat>
chat.emit('say', 'hello', (answer) => answer.toFixed())
chat.on('said', (text) => text.length)
// @ts-expect-error There is no such event.
chat.emit('sayd', 'hello')
export const same: ClientSocket<typeof Chat> = {} as ContractSocket<typeof Chat>
`

export function testTypes(installed: () => Installed): void {
  for (const [compiler, version] of [old, between, today]) {
    const tscOf = (folder: string): string =>
      compiler === 'here' ? command('typescript', 'bin/tsc') : join(folder, 'node_modules', compiler, 'bin', 'tsc')
    const strictly = { types: ['node'], strict: true, skipLibCheck: false, declaration: true, noEmit: true }
    const compilerOptions = { ...strictly, module: 'nodenext', target: 'es2022', lib: ['es2022', 'dom'] }

    for (const [kind, name, resolution] of [
      ['module', 'a module', {}],
      ['commonjs', 'CommonJS', {}],
      ['module', 'a bundle', { module: 'esnext', moduleResolution: 'bundler' }],
    ] as const) {
      test(`clients of a class, io and schemas are typed by TypeScript ${version} with socket.io-client 4, in ${name}`, async () => {
        const { folder, write, tool } = installed()
        const place = `contract-${version}-${name}`.replaceAll(' ', '-')
        await mkdir(join(folder, place))
        await write(join(place, 'package.json'), JSON.stringify({ type: kind }))
        const files = ['client.ts', 'server.ts', 'schemas.ts']
        for (const file of files) await write(join(place, file), await readFile(join(contract, file), 'utf8'))
        // Types of arktype itself are not for TypeScript 5.4.
        const configs = {
          'events.json': { compilerOptions: { ...compilerOptions, ...resolution }, files: files.slice(0, 2) },
          'schemas.json': {
            compilerOptions: { ...compilerOptions, ...resolution, skipLibCheck: true },
            files: files.slice(2),
          },
        }
        for (const [file, config] of Object.entries(configs)) {
          // arktype has modules alone.
          if (kind === 'commonjs' && file === 'schemas.json') continue
          await write(join(place, file), JSON.stringify(config))
          const { stdout } = await tool(tscOf(folder), '-p', join(place, file))
          assert.equal(stdout, '')
        }
      })
    }

    test(`clients of a class are typed by TypeScript ${version} without types of a client`, async () => {
      const { folder, write, tool } = installed()
      // Beside the application, whose client would be found above it.
      const place = `../no-client-${version}`
      const modules = join(folder, place, 'node_modules')
      await mkdir(join(modules, '@types'), { recursive: true })
      const names = ['socketio-middleware', 'socket.io-adapter', '@types/node', 'undici-types']
      for (const name of names) await symlink(join(folder, 'node_modules', name), join(modules, name), 'junction')
      await write(join(place, 'page.ts'), page)
      const options = { ...compilerOptions, preserveSymlinks: true }
      await write(join(place, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['page.ts'] }))
      const { stdout } = await tool(tscOf(folder), '-p', place)
      assert.equal(stdout, '')
    })
  }

  for (const [name, [compiler, version], file, compilerOptions] of cells) {
    test(`an application type-checks strictly with TypeScript ${version}: ${name}`, async () => {
      const { folder, write, tool } = installed()
      const place = `types ${name}`.replaceAll(/\W+/g, '-')
      await mkdir(join(folder, place))
      await write(join(place, file), imports + application)
      const common = { types: ['node'], strict: true, skipLibCheck: false, declaration: true, noEmit: true }
      const config = { compilerOptions: { ...common, ...compilerOptions }, files: [file] }
      await write(join(place, 'tsconfig.json'), JSON.stringify(config))
      const tsc =
        compiler === 'here' ? command('typescript', 'bin/tsc') : join(folder, 'node_modules', compiler, 'bin', 'tsc')
      const { stdout } = await tool(tsc, '-p', place)
      assert.equal(stdout, '')
    })
  }
}
