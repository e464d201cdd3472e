// Owns: scripts for pages: the client's own under /{resource}/socket.io.js, and the one that counts under
// /{resource}/seen.js.
// Elsewhere: what the latter does (seen-script.ts).
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { isAbsolute, join } from 'node:path'
import { wrongOption } from '../support/options.js'
import { plainText, type Exchange } from '../transports/exchange.js'
import type { RouteKind } from './routes.js'
import { seenScript } from './seen-script.js'
import type { Settings } from './settings.js'

/** What is served to pages, by the kind of URL that asks for it. */
export type ClientFiles = ReadonlyMap<RouteKind, ClientFile>

/** @throws UsageError SIO_USAGE_OPTION when the client's script is not there. */
export function readClientFiles({ serveClient, serveSeen }: Pick<Settings, 'serveClient' | 'serveSeen'>): ClientFiles {
  const files = new Map<RouteKind, ClientFile>()
  const counting = Buffer.from(seenScript)
  if (serveClient !== undefined) {
    const own = readClient(serveClient)
    files.set('client file', new ClientFile(serveSeen === 'appended' ? Buffer.concat([own, newLine, counting]) : own))
  }
  if (serveSeen !== false) files.set('seen file', new ClientFile(counting))
  return files
}

// Its last line may be a comment.
const newLine = Buffer.from('\n')

// Read once, from a file's absolute path, or from `dist/socket.io.js` of a package that the app installed.
function readClient(pathOrPackage: string): Buffer {
  try {
    const path = isAbsolute(pathOrPackage)
      ? pathOrPackage
      : createRequire(join(process.cwd(), 'package.json')).resolve(`${pathOrPackage}/dist/socket.io.js`)
    return readFileSync(path)
  } catch {
    throw wrongOption('serveClient', 'a readable file, or a package with a dist/socket.io.js', pathOrPackage)
  }
}

class ClientFile {
  readonly #source: Buffer
  readonly #etag: string

  constructor(source: Buffer) {
    this.#source = source
    this.#etag = `"${createHash('sha256').update(source).digest('base64url').slice(0, 27)}"`
  }

  answer(exchange: Exchange): void {
    const { method } = exchange.request
    if (method !== 'GET' && method !== 'HEAD') {
      exchange.reply(405, { ...plainText, Allow: 'GET, HEAD' }, 'expected GET')
      return
    }
    const headers = {
      ETag: this.#etag,
      'Cache-Control': 'public, max-age=0',
      'Cross-Origin-Resource-Policy': 'cross-origin',
    }
    const known = exchange.request.headers['if-none-match']?.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
    if (known?.includes(this.#etag) || known?.includes('*')) exchange.reply(304, headers, '')
    else exchange.reply(200, { ...headers, 'Content-Type': 'application/javascript; charset=utf-8' }, this.#source)
  }
}
