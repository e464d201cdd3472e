// Owns: a connection in memory: two ends, of which each reads what the other has written, a turn of the event
// loop later.
// Elsewhere: who holds the ends (memory-server.ts).
import { Duplex } from 'node:stream'
import { setImmediate } from './time.js'

type Done = (error?: Error | null) => void

// Where both ends say that they are. Ports tell connections apart, as they do in reality.
const host = '127.0.0.1'
let ports = 49_151

/** One end. It has what HTTP, websockets and frameworks use of a `net.Socket`. */
export class LineEnd extends Duplex {
  readonly remoteAddress: string
  readonly remotePort: number
  readonly remoteFamily: string
  readonly localAddress = host
  readonly localPort: number
  readonly localFamily = 'IPv4'
  readonly connecting = false
  readonly pending = false
  /** As on a connection of TLS. */
  encrypted = false
  /** On the server's end, the server. */
  server: unknown
  other!: LineEnd
  // What the other end has written; null is its end.
  #arriving: { readonly chunk: Buffer | null; readonly done: Done }[] = []
  #isScheduled = false
  // There while the reader has enough.
  #full: Done | undefined

  constructor(remote: { readonly address: string; readonly port: number }, localPort: number, allowHalfOpen: boolean) {
    super({ allowHalfOpen })
    this.remoteAddress = remote.address
    this.remoteFamily = remote.address.includes(':') ? 'IPv6' : 'IPv4'
    this.remotePort = remote.port
    this.localPort = localPort
  }

  /** Whether something is on its way to this end, or is not read yet. */
  get isBusy(): boolean {
    return !this.destroyed && (this.#arriving.length > 0 || this.#full !== undefined || this.readableLength > 0)
  }

  /** Cut without a word: what is on its way is lost. */
  reset(): void {
    const { other } = this
    this.destroy()
    other.#arriving = []
    // Without an error, which would be reported by frameworks and is no news to the test.
    other.destroy()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.other.#arrive(chunk, done)
  }

  override _final(done: Done): void {
    this.other.#arrive(null, done)
  }

  override _read(): void {
    const done = this.#full
    this.#full = undefined
    done?.()
    if (this.#arriving.length > 0) this.#schedule()
  }

  override _destroy(error: Error | null, done: Done): void {
    for (const { done: written } of this.#arriving.splice(0)) written()
    this.#full?.()
    this.#full = undefined
    const { other } = this
    if (!other.destroyed && !this.writableFinished) other.#arrive(null, () => {})
    done(error)
  }

  #arrive(chunk: Buffer | null, done: Done): void {
    if (this.destroyed) {
      done()
      // As a reset that comes back for it.
      if (chunk !== null) setImmediate(() => this.other.destroy())
      return
    }
    this.#arriving.push({ chunk, done })
    this.#schedule()
  }

  // Never within the writer's own call: an exception of the reader's would be thrown there.
  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      this.#deliver()
    })
  }

  #deliver(): void {
    while (this.#full === undefined && !this.destroyed) {
      const next = this.#arriving.shift()
      if (next === undefined) return
      const hasRoom = this.readableEnded || this.push(next.chunk)
      // As a socket, it sees its end where nobody reads.
      if (next.chunk === null) this.read(0)
      if (hasRoom || next.chunk === null) next.done()
      else this.#full = next.done
    }
  }

  // What callers expect of a socket.

  destroySoon(): void {
    if (this.writable) this.end()
    if (this.writableFinished) this.destroy()
    else this.once('finish', () => this.destroy())
  }

  resetAndDestroy(): this {
    this.reset()
    return this
  }

  address(): { address: string; family: string; port: number } {
    return { address: this.localAddress, family: this.localFamily, port: this.localPort }
  }

  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }

  setTimeout(): this {
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }
}

/** A connection: the client's end and the server's. */
export function makeLine(address = host): [client: LineEnd, server: LineEnd] {
  const port = (ports = ports >= 65_535 ? 49_152 : ports + 1)
  // As Node has them: only a server of HTTP may answer who has ended.
  const client = new LineEnd({ address: host, port: 80 }, port, false)
  const server = new LineEnd({ address, port }, 80, true)
  client.other = server
  server.other = client
  return [client, server]
}
