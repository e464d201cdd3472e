// Owns: what the types of a class with 100 events cost the compiler, in a page that sends all of them; by two compilers.
// Elsewhere: what is said of it (docs/performance.md).
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..', '..')
const modules = join(root, 'node_modules')

interface Form {
  readonly handler: string
  readonly args: string
  readonly ack: string
}

const forms: readonly Form[] = [
  { handler: '(text: string) { return text }', args: `, 'x'`, ack: '(text) => text.length' },
  {
    handler: '(a: number, b?: number) { return Promise.resolve(a + (b ?? 0)) }',
    args: ', 1',
    ack: '(sum) => sum.toFixed()',
  },
  {
    handler: '(to: { x: number; y: string[] }): [number, string] { return [to.x, to.y.join()] }',
    args: ', { x: 1, y: [] }',
    ack: '(x, y) => y.repeat(x)',
  },
  { handler: '() {}', args: '', ack: '() => {}' },
]

function page(events: number): string {
  const names = Array.from({ length: events }, (_, n) => `event${n}`)
  const formOf = (n: number): Form => forms[n % forms.length] as Form
  return `import { BaseNamespace, type ClientSocket } from 'socketio-middleware'
import { io } from 'socket.io-client'
class Chat extends BaseNamespace<{ emits: { ${names.map((name) => `${name}: (a: string, b: number) => void`).join('\n')} } }> {
  ${names.map((name, n) => `on_${name}${formOf(n).handler}`).join('\n')}
}
const chat: ClientSocket<typeof Chat> = io('/chat')
${names.map((name, n) => `chat.emit('${name}'${formOf(n).args}, ${formOf(n).ack})`).join('\n')}
${names.map((name) => `chat.on('${name}', (a, b) => a.repeat(b))`).join('\n')}
export const asked = [${names.map((name, n) => `chat.emitWithAck('${name}'${formOf(n).args})`).join(',\n')}]
`
}

/** The seconds that a compiler says it took for it all. */
function compile(folder: string, command: string, args: readonly string[]): number {
  const output = execFileSync(command, [...args, '-p', folder, '--extendedDiagnostics'], { encoding: 'utf8' })
  const seconds = /^Total time:\s+([\d.]+)s/m.exec(output)?.[1]
  if (seconds === undefined) throw new Error(`expected the compiler to say its time, got ${output}`)
  return Number(seconds)
}

const compilers: readonly (readonly [name: string, command: string, args: readonly string[]])[] = [
  ['TypeScript 7', process.execPath, [join(modules, 'typescript', 'bin', 'tsc')]],
  // It is got when it is measured: nothing else here needs it.
  ['TypeScript 5.6', 'npm', ['exec', '--yes', '--package=typescript@5.6.3', '--', 'tsc']],
]

/** A table of seconds, with 100 events and with none, of the best of three. */
export function typesTable(): string {
  const folder = mkdtempSync(join(tmpdir(), 'bench-types-'))
  const paths = {
    'socketio-middleware': [join(root, 'dist', 'index.d.ts')],
    'socket.io-client': [join(modules, 'socket.io-client-4', 'build', 'esm', 'index.d.ts')],
  }
  const compilerOptions = {
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    module: 'esnext',
    moduleResolution: 'bundler',
    target: 'es2022',
    lib: ['es2022', 'dom'],
    types: ['node'],
    typeRoots: [join(modules, '@types')],
    paths,
  }
  try {
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['page.ts'] }))
    const rows = compilers.map(([name, command, args]) => {
      const [all, none] = [100, 0].map((events) => {
        writeFileSync(join(folder, 'page.ts'), page(events))
        return Math.min(...[1, 2, 3].map(() => compile(folder, command, args))).toFixed(2)
      })
      return `| ${name} | ${all} s | ${none} s |`
    })
    return ['| Types of a client | 100 events | none |', '|---|---|---|', ...rows].join('\n')
  } finally {
    rmSync(folder, { recursive: true })
  }
}
