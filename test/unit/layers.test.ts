// Owns: the shape of lib/: who imports whom, how long files are, what they may not hold.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { test } from 'node:test'

const lib = join(import.meta.dirname, '..', '..', 'lib')

// From the top down. A file imports from its own layer and those below it; the type imports obey as well.
const layers = [
  'testing',
  'fastify',
  'sticky',
  'middleware',
  'server',
  'access',
  'http',
  'clients',
  'namespaces',
  'rooms',
  'recovery',
  'socket',
  'transports',
  'wire',
  'support',
]

// Whoever knows an outside package. More than one file knows ws, as it hands websockets from one to the next.
const packages: Record<string, readonly string[]> = {
  debug: ['support/log.ts'],
  'engine.io': [
    'server/engine/clients.ts',
    'server/engine/requests.ts',
    'transports/engine-events.ts',
    'transports/engine-internals.ts',
    'transports/engine-polling.ts',
    'transports/engine.ts',
    'transports/marking-engine.ts',
  ],
  // Its types alone.
  fastify: ['fastify/options.ts', 'fastify/plugin.ts'],
  'socket.io-adapter': ['rooms/adapter.ts', 'rooms/endpoint.ts', 'rooms/local-adapter.ts'],
  // Its types alone, where an application has them.
  'socket.io-client': ['namespaces/contract/client-socket.ts'],
  'socket.io-parser': ['testing/speech.ts', 'wire/v5/packet.ts'],
  ws: [
    'http/upgrade-answer.ts',
    'server/incoming.ts',
    'server/v09/requests.ts',
    'server/websockets.ts',
    'testing/carriers.ts',
    'testing/door.ts',
    'transports/engine-internals.ts',
    'transports/v09/websocket.ts',
    'transports/websocket-line.ts',
  ],
}

// What is known of the private parts of others.
const shortcuts = ['http/shortcuts.ts', 'transports/engine-internals.ts', 'transports/websocket-line.ts']

// Names that others begin with an underscore in what they store: a format, which is read and written as it is found.
const stored: Record<string, readonly string[]> = {
  // koa-session writes its own sessions only while a response can still set a cookie.
  'namespaces/sessions/koa-session.ts': ['_expire', '_maxAge', '_session'],
}

// Left over from the move to these folders; each cut takes its line away.
const stillUpward: string[] = []

const mostLines = 250

interface SourceFile {
  readonly path: string
  readonly text: string
  /** Files of lib/ that it imports, types included. */
  readonly imports: readonly string[]
  readonly packages: readonly string[]
}

const files = readdirSync(lib, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .toSorted()
  .map(read)

function read(path: string): SourceFile {
  const text = readFileSync(join(lib, path), 'utf8')
  const code = withoutComments(text)
  const found = [
    ...code.matchAll(/^(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/gm),
    ...code.matchAll(/\bimport\s*\(?\s*['"]([^'"]+)['"]/g),
    ...code.matchAll(/\brequire\(\s*['"]([^'"]+)['"]/g),
  ].map(([, specifier]) => specifier as string)
  const own = found.filter((specifier) => specifier.startsWith('.'))
  const outside = found.filter((name) => !name.startsWith('.') && !name.startsWith('node:'))
  return {
    path,
    text,
    imports: own.map((specifier) =>
      relative(lib, resolve(lib, dirname(path), specifier))
        .replaceAll('\\', '/')
        .replace(/\.js$/, '.ts'),
    ),
    packages: [...new Set(outside)],
  }
}

function withoutComments(text: string): string {
  return text.replaceAll(/^\s*\/\/.*$/gm, '').replaceAll(/\/\*[\s\S]*?\*\//g, '')
}

// What applications import.
const entries = ['index.ts', 'testing.ts', 'fastify.ts', 'sticky.ts']

// Each further entry has a folder, which stands on what applications have.
const further = /^(testing|fastify|sticky)\//

function isPublic(path: string, imported: string): boolean {
  return imported === 'index.ts' && further.test(path)
}

function layerOf(path: string): number {
  return layers.indexOf(path.replace(/\.ts$/, '').split('/', 1)[0] as string)
}

test('every file of lib is in a layer, and its imports are files of lib', () => {
  const paths = new Set(files.map(({ path }) => path))
  assert.ok(paths.size > 40)
  for (const { path, imports } of files) {
    if (path !== 'index.ts') assert.notEqual(layerOf(path), -1, path)
    for (const imported of imports) assert.ok(paths.has(imported), `${path} imports ${imported}`)
  }
})

test('imports go down only, type imports too', () => {
  const upward = files.flatMap(({ path, imports }) =>
    entries.includes(path)
      ? []
      : imports
          .filter((name) => !isPublic(path, name) && layerOf(name) < layerOf(path))
          .map((name) => `${path} -> ${name}`),
  )
  assert.deepEqual(upward, stillUpward)
})

test('a file that a comment of the server side names is there: beside it, or in a folder above', () => {
  const paths = new Set(files.map(({ path }) => path))
  const missing = files.flatMap(({ path, text }) => {
    if (!/^(?:server|access|http|transports)\//.test(path)) return []
    const comments = [...text.matchAll(/^\s*(?:\/\/|\/?\*).*$/gm)].map(([line]) => line)
    const folders = path.split('/').map((_name, at, all) => all.slice(0, at).join('/'))
    return [...comments.join('\n').matchAll(/[\w./-]+\.ts\b/g)]
      .filter(([name]) => !folders.some((folder) => paths.has(join(folder, name).replaceAll('\\', '/'))))
      .map(([name]) => `${path} names ${name}`)
  })
  assert.deepEqual(missing, [])
})

test('nobody in lib imports an entry, but further entries the public API', () => {
  const importers = files.flatMap(({ path, imports }) =>
    imports.filter((name) => entries.includes(name) && !isPublic(path, name)).map((name) => `${path} -> ${name}`),
  )
  assert.deepEqual(importers, [])
})

test('a further entry stands on the public API, support and the bare wire, and nothing of the rest on it', () => {
  const wrong = files.flatMap(({ path, imports }) => {
    const folder = further.exec(path)?.[1]
    // A primary reads URLs as its workers do.
    const beside = folder === 'sticky' ? '|server/routes\\.ts' : ''
    const allowed = new RegExp(`^(?:index\\.ts|(?:${folder}|support|wire)/.*${beside})$`)
    return imports
      .filter((name) =>
        folder === undefined ? further.test(name) && path !== name.replace(/\/.*/, '.ts') : !allowed.test(name),
      )
      .map((name) => `${path} -> ${name}`)
  })
  assert.deepEqual(wrong, [])
})

test('no files import each other in a circle, type imports included', () => {
  const importsOf = new Map(files.map(({ path, imports }) => [path, imports]))
  const circles: string[] = []
  const done = new Set<string>()
  const visit = (path: string, way: readonly string[]): void => {
    if (way.includes(path)) circles.push([...way.slice(way.indexOf(path)), path].join(' -> '))
    else if (!done.has(path)) {
      for (const imported of importsOf.get(path) ?? []) visit(imported, [...way, path])
      done.add(path)
    }
  }
  for (const { path } of files) visit(path, [])
  assert.deepEqual(circles, [])
})

test('each outside package is known to the files that are listed for it', () => {
  const known: Record<string, string[]> = {}
  for (const { path, packages: names } of files) for (const name of names) (known[name] ??= []).push(path)
  assert.deepEqual(known, packages)
})

test('private parts of others are known to the three files of shortcuts alone, beside the format of what others store', () => {
  const known: Record<string, string[]> = {}
  for (const { path, text } of files) {
    if (shortcuts.includes(path)) continue
    const names = [...withoutComments(text).matchAll(/(?:\.|['"[])(_[a-z]\w*)|\b(_[a-z]\w*)\??:(?= \S+$)/gm)]
    for (const [, used, field] of names) (known[path] ??= []).push((used ?? field) as string)
  }
  const found = Object.entries(known).map(([path, names]) => [path, [...new Set(names)].toSorted()])
  assert.deepEqual(Object.fromEntries(found), stored)
  const switched = files.filter(({ text }) => /\bimport \{[^}]*\busesShortcuts\b/.test(text))
  assert.deepEqual(
    switched.map(({ path }) => path),
    shortcuts,
  )
})

test("Node's own modules are imported by their node: names", () => {
  for (const { path, packages: names } of files) {
    for (const name of names) assert.ok(!builtinModules.includes(name), `${path} imports ${name}`)
  }
})

test('wire does no I/O and knows no clock', () => {
  for (const { path, text } of files) {
    if (!path.startsWith('wire/')) continue
    assert.doesNotMatch(withoutComments(text), /from 'node:|\bsetTimeout\b|\bDate\b|\bprocess\b/, path)
  }
})

test('an entry holds names and no code', () => {
  for (const entry of entries) {
    const { text = 'missing' } = files.find(({ path }) => path === entry) ?? {}
    const rest = withoutComments(text).replaceAll(/^export (?:type )?\{[^}]*\} from '[^']+'$/gm, '')
    assert.equal(rest.trim(), '', entry)
  }
})

test(`no file of lib has more than ${mostLines} lines`, () => {
  const long = files.map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
  assert.deepEqual(
    long.filter(({ lines }) => lines > mostLines),
    [],
  )
})

test('no file of lib has a default export', () => {
  for (const { path, text } of files) {
    // Fastify loads plugins by it.
    const code = path === 'fastify.ts' ? text.replace('{ socketio, socketio as default }', '{ socketio }') : text
    assert.doesNotMatch(withoutComments(code), /\bexport default\b|\bas default\b|\bexport\s*=/, path)
  }
})

test('nothing in lib is an EventEmitter of its own', () => {
  for (const { path, text } of files) assert.doesNotMatch(withoutComments(text), /\bEventEmitter\b|node:events/, path)
})

test('every file of lib but index.ts begins with what it owns', () => {
  for (const { path, text } of files) {
    if (path !== 'index.ts') assert.match(text, /^\/\/ Owns: /, path)
  }
})
