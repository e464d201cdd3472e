// Owns: where a response writes that must not reach its connection: one that an upgrade has taken, or that is
// on trial.
// Elsewhere: when that is so (upgrade.ts).
import type { ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { Writable, type Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'

/** Called with what a response writes, and when its connection has been destroyed. */
export interface SinkOwner {
  written(chunk: string | Buffer, encoding: BufferEncoding, done: () => void): void
  destroyed(): void
}

/**
 * A `response.socket` that swallows what is written, and is in all else the connection that it stands for:
 * middleware asks it for `remoteAddress`, sets timeouts, or destroys it.
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

export function makeSink(connection: Duplex, owner: SinkOwner): UpgradeSink {
  const sink = new UpgradeSink()
  sink.connection = connection
  sink.owner = owner
  return sink
}

/**
 * No response writes there any more. Who has taken it for the connection, and listens, learns of that one's
 * end.
 */
export function releaseSink(response: ServerResponse, sink: UpgradeSink): void {
  detach(response, sink)
  const { connection } = sink
  sink.owner = undefined
  uncork(sink)
  if (connection?.destroyed !== false) sink.destroy()
  else if (sink.listenerCount('close') > 0) endWith(sink, connection)
}

/**
 * The trial is over, in our favour: what the app does, or has done, to what it had for the connection is done
 * to that.
 */
export function joinSink(sink: UpgradeSink, connection: Duplex): void {
  sink.owner = {
    written: (_chunk, _encoding, done) => {
      done()
    },
    destroyed: () => {
      connection.destroy()
    },
  }
  uncork(sink)
  if (sink.destroyed || sink.writableEnded) connection.destroy()
  else endWith(sink, connection)
}

function endWith(sink: UpgradeSink, connection: Duplex): void {
  connection.once('close', () => {
    sink.destroy()
  })
}

/** The connection of a response is for something else from now on. */
export function freeSocket(response: ServerResponse, socket: Duplex): void {
  detach(response, socket)
  uncork(socket)
}

/** The response writes to that connection no more. The app may have detached it before; Node's own way asserts that not. */
export function detach(response: ServerResponse, connection: Duplex | UpgradeSink): void {
  if ((response.socket as unknown) === connection) response.detachSocket(connection as never)
}

/**
 * Undoes what middleware has done by `response.cork()`: its uncork() comes when the response has another
 * connection.
 */
export function uncork(connection: Writable | Duplex): void {
  while (connection.writableCorked > 0) connection.uncork()
}
