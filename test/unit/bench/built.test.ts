// Owns: that the micro benchmarks load the modules whose types they name: nothing else does, until somebody measures.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const root = join(import.meta.dirname, '..', '..', '..')
const micro = join(root, 'test', 'bench', 'micro')

test('the micro benchmarks load modules of lib, by their types', () => {
  const loads = readdirSync(micro).flatMap((file) => [
    ...readFileSync(join(micro, file), 'utf8').matchAll(/fromBuilt<typeof import\('([^']+)'\)>\('([^']+)'\)/g),
  ])
  const used = loads.filter(([, type = '']) => type.startsWith('../'))
  assert.ok(used.length > 10)
  for (const [, type, path] of used) {
    assert.equal(type, `../../../lib/${path}.js`)
    assert.ok(existsSync(join(root, 'lib', `${path}.ts`)), path)
  }
})
