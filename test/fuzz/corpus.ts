// Owns: the inputs that are kept: what once broke something, here or in other servers, each in a file of its kind's folder.
// Elsewhere: how they are replayed (corpus.test.ts).
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { kinds, type Kind } from './seeds.js'

const root = join(import.meta.dirname, 'corpus')

export interface Kept {
  readonly kind: Kind
  readonly name: string
  readonly bytes: Buffer
}

export function readCorpus(): readonly Kept[] {
  return kinds.flatMap((kind) =>
    readdirSync(join(root, kind))
      .toSorted()
      .map((name) => ({ kind, name, bytes: readFileSync(join(root, kind, name)) })),
  )
}

/** Keeps a find under the name of its case: where it is. Whoever mends it gives it a name of its own. */
export function keep(kind: Kind, from: string, bytes: Buffer): string {
  const folder = join(root, kind)
  mkdirSync(folder, { recursive: true })
  const path = join(folder, from.replaceAll(/\W+/g, '-'))
  writeFileSync(path, bytes)
  return path
}
