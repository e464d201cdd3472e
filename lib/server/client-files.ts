// Owns: the client's script under /{resource}/socket.io.js.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { isAbsolute, join } from 'node:path'
import { wrongOption } from '../support/options.js'
import { plainText, type Exchange } from '../transports/exchange.js'

export class ClientFile {
  readonly #source: Buffer
  readonly #etag: string

  /**
   * Reads the script once, from a file's absolute path, or from `dist/socket.io.js` of a package that the app installed.
   * @throws UsageError SIO_USAGE_OPTION when there is none.
   */
  constructor(pathOrPackage: string) {
    try {
      const path = isAbsolute(pathOrPackage)
        ? pathOrPackage
        : createRequire(join(process.cwd(), 'package.json')).resolve(`${pathOrPackage}/dist/socket.io.js`)
      this.#source = readFileSync(path)
    } catch {
      throw wrongOption('serveClient', 'a readable file, or a package with a dist/socket.io.js', pathOrPackage)
    }
    this.#etag = `"${createHash('sha256').update(this.#source).digest('base64url').slice(0, 27)}"`
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
