// Owns: what stands beside the CommonJS build in dist/: the door for `import`, with the same names, classes and state; and
// which declarations are shipped.
// Elsewhere: the build itself (tsconfig.json); the doors as applications use them (test/package/).
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const dist = join(import.meta.dirname, '..', 'dist')

// The sources are ES modules, and so is the rest of this package.
writeFileSync(join(dist, 'package.json'), `${JSON.stringify({ type: 'commonjs' })}\n`)

const names = Object.keys(createRequire(import.meta.url)(join(dist, 'index.js')))
writeFileSync(join(dist, 'index.mjs'), `export {\n${names.map((name) => `  ${name},\n`).join('')}} from './index.js'\n`)
writeFileSync(join(dist, 'index.d.mts'), "export * from './index.js'\n")

// Types that nobody can import are left out.
const reached = new Set([join(dist, 'index.d.ts')])
for (const path of reached) {
  for (const [, specifier] of readFileSync(path, 'utf8').matchAll(
    /(?:from|import\(|import) ?['"](\.[^'"]+)\.js['"]/g,
  )) {
    reached.add(join(dirname(path), `${specifier}.d.ts`))
  }
}
for (const name of readdirSync(dist, { recursive: true })) {
  const path = join(dist, name)
  if (name.endsWith('.d.ts') && !reached.has(path)) rmSync(path)
}
