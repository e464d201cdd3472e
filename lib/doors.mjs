// Owns: what stands beside the CommonJS build in dist/: for each entry of the package the door for `import`, with the same
// names, classes and state; the script for pages; with which comments
// declarations are shipped; and the space that it takes.
// Elsewhere: the build itself (tsconfig.json), which declarations are shipped (shipped-types.mjs), the doors
// as applications use them (test/package/).
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { shipTypes } from './shipped-types.mjs'

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')
const require = createRequire(import.meta.url)

// The sources are ES modules, and so is the rest of this package.
writeFileSync(join(dist, 'package.json'), `${JSON.stringify({ type: 'commonjs' })}\n`)

const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const entries = Object.values(exports).filter((entry) => entry.import !== undefined)
for (const entry of entries) {
  const built = `./${basename(entry.default)}`
  const exported = require(join(root, entry.default))
  const names = Object.keys(exported).filter((name) => name !== 'default')
  const list = names.map((name) => `  ${name},\n`).join('')
  const byDefault = defaultOf(exported, names, built)
  writeFileSync(join(root, entry.import.default), `${byDefault}export {\n${list}} from '${built}'\n`)
  writeFileSync(join(root, entry.import.types), `${byDefault}${ofTheClient(entry.types)}export * from '${built}'\n`)
}

// For a page's own bundle; a page without one gets it from the server.
const { seenScript } = require(join(dist, 'server', 'seen-script.js'))
mkdirSync(join(dist, 'client'), { recursive: true })
writeFileSync(join(dist, 'client', 'seen.js'), seenScript)
writeFileSync(
  join(dist, 'client', 'seen.d.ts'),
  `/** Makes the library of Socket.IO 0.9 or 2 count what its clients receive, and say so when they come back. Gives it back. */
declare function seen<Library>(io: Library): Library
export = seen
`,
)

// To `import`, the default of a CommonJS module is all of its exports.
function defaultOf(exported, names, built) {
  if (!('default' in exported)) return ''
  const name = names.find((its) => exported[its] === exported.default)
  return `import { ${name} } from '${built}'\nexport default ${name}\n`
}

// socket.io-client has types of its own for modules and for CommonJS, which are not the same: each door refers to its own. Theirs
// come first and lie in another folder, as TypeScript 5.6 under bundler takes for a file what it has found for one beside it.
function ofTheClient(types) {
  const folder = 'namespaces/contract'
  const pattern = new RegExp(`export (type \\{[^}]*\\}) from '\\./${folder}/client-socket\\.js'`)
  const [, names] = pattern.exec(readFileSync(join(root, types), 'utf8')) ?? []
  if (names === undefined) return ''
  const text = readFileSync(join(dist, folder, 'client-socket.d.ts'), 'utf8')
  mkdirSync(join(dist, 'modules'), { recursive: true })
  writeFileSync(join(dist, 'modules', 'client-socket.d.mts'), text.replaceAll("'./", `'../${folder}/`))
  return `export ${names} from './modules/client-socket.mjs'\n`
}

// Types that nobody can import are left out.
const typed = Object.values(exports).flatMap(({ types }) => (types === undefined ? [] : [join(root, types)]))
const declarations = (pattern) => readdirSync(dist, { recursive: true }).filter((name) => pattern.test(name))
const further = declarations(/^modules.*\.d\.mts$/).map((name) => join(dist, name))
shipTypes(
  [...typed, ...further],
  declarations(/\.d\.ts$/).map((name) => join(dist, name)),
)
// An editor shows the comments of what an entry exports; those of the rest are for readers of the sources.
const shown = new Set([...typed, ...typed.flatMap(exportedBy)])
for (const name of declarations(/\.d\.ts$/)) {
  const path = join(dist, name)
  writeFileSync(path, withoutComments(readFileSync(path, 'utf8'), shown.has(path)))
}

function exportedBy(path) {
  return [...readFileSync(path, 'utf8').matchAll(/from '(\.[^']+)\.js'/g)].map(([, specifier]) =>
    join(dirname(path), `${specifier}.d.ts`),
  )
}

function withoutComments(text, isShown) {
  const own = text.replaceAll(/^\s*\/\/ .*\n/gm, '')
  return isShown ? own : own.replaceAll(/^\s*\/\*\*[\s\S]*?\*\/\n/gm, '')
}

// The compiler indents by four spaces, and says of each export at first that it is undefined, for files that import each other
// in a circle, of which there are none. Without both the package is a twentieth smaller.
for (const name of readdirSync(dist, { recursive: true })) {
  const path = join(dist, name)
  if (!/\.(?:js|d\.m?ts)$/.test(name) || name === join('client', 'seen.js')) continue
  const text = withTabs(readFileSync(path, 'utf8'))
  writeFileSync(path, text.replaceAll(/^(?:exports\.\w+ = )+void 0;\n/gm, ''))
}

function withTabs(text) {
  // A text of several lines is left as it is, and all of its file.
  if (text.split('\n').some((line) => line.split('`').length % 2 === 0)) return text
  return text.replaceAll(/^(?: {4})+/gm, (indent) => '\t'.repeat(indent.length / 4))
}
