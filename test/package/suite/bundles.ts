// Owns: an application in one file with the package in it, or beside it: by esbuild and webpack, minified and not; and a page
// that knows the server's types alone.
import assert from 'node:assert/strict'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { imports, prints, requires, talk, transcript } from '../talk.js'
import type { Installed } from '../tarball.js'

const esbuild = (entry: string, options: object): string => `
const { buildSync } = require('esbuild')
const { warnings } = buildSync({
  entryPoints: ['${entry}'], bundle: true, platform: 'node', logLevel: 'error', ...${JSON.stringify(options)},
})
if (warnings.length > 0) throw new Error(JSON.stringify(warnings))
`
const webpack = (entry: string, options: object, outfile: string): string => `
const webpack = require('webpack')
const { basename } = require('node:path')
webpack({
  context: __dirname, entry: './${entry}', target: 'node',
  output: { path: __dirname, filename: '${outfile}' }, ...${JSON.stringify(options)},
}, (error, stats) => {
  if (error !== null || stats.hasErrors()) throw error ?? new Error(stats.toString())
})
`

const bundlers: readonly (readonly [
  name: string,
  build: (entry: string, outfile: string) => string,
  outfile: string,
  isMinified: boolean,
])[] = [
  ['esbuild, to CommonJS', (entry, outfile) => esbuild(entry, { outfile, format: 'cjs' }), 'bundle.cjs', false],
  [
    'esbuild, minified to CommonJS',
    (entry, outfile) => esbuild(entry, { outfile, format: 'cjs', minify: true }),
    'bundle.cjs',
    true,
  ],
  [
    'esbuild, minified to a module beside the package',
    (entry, outfile) => esbuild(entry, { outfile, format: 'esm', minify: true, packages: 'external' }),
    'bundle.mjs',
    true,
  ],
  [
    'esbuild, with short names and its blanks kept',
    (entry, outfile) => esbuild(entry, { outfile, format: 'cjs', minifyIdentifiers: true }),
    'bundle.cjs',
    true,
  ],
  [
    'webpack in development',
    (entry, outfile) => webpack(entry, { mode: 'development', devtool: false }, outfile),
    'bundle.cjs',
    false,
  ],
  ['webpack in production', (entry, outfile) => webpack(entry, { mode: 'production' }, outfile), 'bundle.cjs', true],
]

const refusal = [
  'UsageError',
  'SIO_USAGE_NAMESPACE',
  'expected minified on_echo to say whether it gets the packet: add static packetHandlers = [] to its class, ' +
    'or the names of those that do',
]

const pageOfTypes = `
import type { ClientSocket } from 'socketio-middleware'
import type { Chat } from './chat'
import { io } from 'socket.io-client'
const chat: ClientSocket<typeof Chat> = io('/chat')
chat.emit('say', 'hello', (answer) => console.log(answer.toFixed()))
`
const chatOfPage = `
import { BaseNamespace } from 'socketio-middleware'
export class Chat extends BaseNamespace {
  on_say(text: string) {
    return text.length
  }
}
`
const buildPage = `
const { buildSync } = require('esbuild')
const { metafile } = buildSync({
  entryPoints: ['page.ts'], bundle: true, platform: 'browser', logLevel: 'error', outfile: 'page.js', metafile: true,
})
console.log(JSON.stringify(Object.keys(metafile.inputs)))
`

export function testBundles(installed: () => Installed): void {
  test('a page that imports only types has nothing of the server in its bundle', async () => {
    const { folder, write, tool } = installed()
    const place = join(folder, 'page of types')
    await mkdir(place)
    await write(join(place, 'page.ts'), pageOfTypes)
    await write(join(place, 'chat.ts'), chatOfPage)
    await write(join(place, 'build.cjs'), buildPage)
    const { stdout } = await tool.in(place, 'build.cjs')
    const inputs = JSON.parse(stdout) as string[]
    assert.ok(inputs.some((name) => name.includes('socket.io-client')))
    assert.deepEqual(
      inputs.filter((name) => /socketio-middleware\/|chat\.ts|engine\.io\/|node_modules\/ws\//.test(name)),
      [],
    )
    assert.doesNotMatch(await readFile(join(place, 'page.js'), 'utf8'), /BaseNamespace|socketio-middleware/)
  })

  for (const [name, build, outfile, isMinified] of bundlers) {
    for (const [kind, source] of [
      ['mjs', imports],
      ['cjs', requires],
    ] as const) {
      // A module cannot require() what is beside it.
      if (kind === 'cjs' && outfile.endsWith('.mjs')) continue
      const run = async (statics: string): Promise<unknown> => {
        const { folder, write, tool } = installed()
        const place = join(folder, `${name} ${kind} ${statics.length}`.replaceAll(/\W+/g, '-'))
        await mkdir(place)
        const entry = `app.${kind}`
        await write(join(place, entry), source + talk(statics) + prints)
        await write(join(place, 'build.cjs'), build(entry, outfile))
        await tool.in(place, 'build.cjs')
        const { stdout } = await tool.in(place, outfile)
        return JSON.parse(stdout)
      }
      test(`a ${kind === 'mjs' ? 'module' : 'CommonJS application'} bundled by ${name} behaves as before`, async () => {
        assert.deepEqual(await run(`static packetHandlers = ['on_raw']`), transcript)
      })
      test(`a ${kind === 'mjs' ? 'module' : 'CommonJS application'} bundled by ${name} ${isMinified ? 'is refused at mount' : 'finds its packet'} without packetHandlers`, async () => {
        assert.deepEqual(await run(''), isMinified ? refusal : transcript)
      })
    }
  }
}
