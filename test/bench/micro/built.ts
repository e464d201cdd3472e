// Owns: the modules of the package as it is built: what the micro benchmarks measure is what applications run.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const dist = join(import.meta.dirname, '..', '..', '..', 'dist')

/** A module of dist/, typed as its source: `fromBuilt<typeof import('…/lib/wire/packet.js')>('wire/packet')`. */
export async function fromBuilt<Module>(path: string): Promise<Module> {
  return (await import(pathToFileURL(join(dist, `${path}.js`)).href)) as Module
}
