// Owns: where a response writes that must not reach its connection: one that an upgrade has taken, or that is on trial.
// Elsewhere: when that is so (upgrade.ts).
import { Socket } from 'node:net'
import { Writable, type Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'

/** Whoever wants to know what a response writes, or that somebody has destroyed its connection. */
export interface SinkOwner {
  written(chunk: string | Buffer, encoding: BufferEncoding, done: () => void): void
  destroyed(): void
}

/**
 * A `response.socket` that swallows what is written, and is in all else the connection that it stands for: middleware
 * asks it for `remoteAddress`, sets timeouts, or destroys it.
 */
export class UpgradeSink extends Writable {
  connection: Duplex | undefined
  owner: SinkOwner | undefined

  constructor() {
    // A head is read as the text that it is (bench: connect).
    super({ decodeStrings: false })
  }

  override _write(chunk: string | Buffer, encoding: BufferEncoding, done: () => void): void {
    if (this.owner === undefined) done()
    else this.owner.written(chunk, encoding, done)
  }

  override _destroy(_error: Error | null, done: (error?: Error | null) => void): void {
    this.owner?.destroyed()
    done()
  }
}

// These would have the connection do what is now for its websocket to do.
const inert = ['setTimeout', 'setEncoding', 'read', 'pause', 'resume', 'connect']
// Made for each connection.
const fields = [
  'encrypted',
  'authorized',
  'authorizationError',
  'alpnProtocol',
  'servername',
  'server',
  'readable',
  'connecting',
]

for (const name of inert) {
  const value = function (this: UpgradeSink): UpgradeSink {
    return this
  }
  Object.defineProperty(UpgradeSink.prototype, name, { value, configurable: true, writable: true })
}
for (const name of ['destroySoon', 'resetAndDestroy']) {
  const value = function (this: UpgradeSink): void {
    this.destroy()
  }
  Object.defineProperty(UpgradeSink.prototype, name, { value, configurable: true, writable: true })
}
for (const name of [
  ...fields,
  ...Object.getOwnPropertyNames(Socket.prototype),
  ...Object.getOwnPropertyNames(TLSSocket.prototype),
]) {
  // What begins with an underscore is Node's own: streams call each other's parts by such names.
  if (name in UpgradeSink.prototype || name.startsWith('_')) continue
  Object.defineProperty(UpgradeSink.prototype, name, { get: throughTo(name), configurable: true })
}

// A response whose client is gone is not written: frameworks ask before they answer an error with a page.
Object.defineProperty(UpgradeSink.prototype, 'writable', {
  get(this: UpgradeSink): boolean {
    return Reflect.get(Writable.prototype, 'writable', this) && this.connection?.writable !== false
  },
  configurable: true,
})

function throughTo(name: string): (this: UpgradeSink) => unknown {
  return function () {
    const { connection } = this
    const value: unknown = connection === undefined ? undefined : Reflect.get(connection, name)
    return typeof value === 'function' ? (value.bind(connection) as unknown) : value
  }
}

// Those that no response has now: they are dear to make (bench: connect).
const free: UpgradeSink[] = []
const mostFree = 64

export function takeSink(connection: Duplex, owner?: SinkOwner): UpgradeSink {
  const sink = free.pop() ?? new UpgradeSink()
  sink.connection = connection
  sink.owner = owner
  return sink
}

/** Takes a sink back that no response uses any more. */
export function freeSink(sink: UpgradeSink): void {
  sink.connection = undefined
  sink.owner = undefined
  uncork(sink)
  // Not one that the chain has taken for the connection, and listens to; nor one that waits for a connection.
  const isIdle = sink.eventNames().length === 0 && sink.writableLength === 0
  if (isIdle && !sink.destroyed && free.length < mostFree) free.push(sink)
}

/** Undoes what middleware has done by `response.cork()`: its uncork() comes when the response has another connection. */
export function uncork(connection: Writable | Duplex): void {
  while (connection.writableCorked > 0) connection.uncork()
}
