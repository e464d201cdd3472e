// Owns: an upgrade request as if it had asked for no upgrade: a copy for the app, or given back to Node to be
// read again; and its connection, which may have to be waited for.
// Elsewhere: which upgrades that is done to (server-tap.ts).
import { Server as HttpServer, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { Deadline, type Deadlines } from '../support/timers.js'
import type { NodeServer } from './interception.js'
import { endWithClient, loseRequest } from './lost-clients.js'
import { pendingResponses } from './shortcuts.js'

/** One that may be somebody else's: the app gets a copy of the request, whose answer is dropped. */
export interface Trial {
  /** The app has come to us with it. */
  ours(): void
  /** It has not. */
  notOurs(): void
}

/** A copy of a request without its upgrade: what the app does to it does not show on the request. */
export function copyWithoutUpgrade(request: IncomingMessage, connection: Duplex): IncomingMessage {
  const copy = new (request.constructor as typeof IncomingMessage)(connection as Socket)
  const { method, url, httpVersion, httpVersionMajor, httpVersionMinor } = request
  Object.assign(copy, { method, url, httpVersion, httpVersionMajor, httpVersionMinor, complete: true })
  copy.rawHeaders = headersWithoutUpgrade(request)
  copy.headers = withoutUpgradeIn(request.headers, (value) => value)
  copy.headersDistinct = withoutUpgradeIn(request.headersDistinct, (value) => [value])
  copy.push(null)
  return copy
}

/** Makes of a copy what it was made of. */
export function restoreUpgrade(copy: IncomingMessage, request: IncomingMessage): void {
  copy.rawHeaders = request.rawHeaders
  copy.headers = request.headers
  copy.headersDistinct = request.headersDistinct
}

// Node makes these of what its parser counts: of a request that we make, they would be empty.
function withoutUpgradeIn<Value>(headers: NodeJS.Dict<Value>, wrap: (value: string) => Value): NodeJS.Dict<Value> {
  const { upgrade: _, connection, ...others } = headers
  const left = connection === undefined ? undefined : withoutUpgrade('connection', String(connection))
  return left === undefined ? others : { ...others, connection: wrap(left) }
}

/**
 * As if it had not asked for an upgrade: the request's head goes back to where it came from, and is read
 * again.
 */
export function giveBack(server: NodeServer, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const lines = [`${request.method} ${request.url} HTTP/${request.httpVersion}`]
  const headers = headersWithoutUpgrade(request)
  for (let at = 0; at < headers.length; at += 2) lines.push(`${headers[at]}: ${headers[at + 1]}`)
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]))
  server.emit(server instanceof HttpServer ? 'connection' : 'secureConnection', socket)
}

function headersWithoutUpgrade({ rawHeaders }: IncomingMessage): string[] {
  const headers: string[] = []
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string
    const value = withoutUpgrade(name.toLowerCase(), rawHeaders[at + 1] as string)
    if (value !== undefined) headers.push(name, value)
  }
  return headers
}

function withoutUpgrade(name: string, value: string): string | undefined {
  if (name === 'upgrade') return undefined
  if (name !== 'connection') return value
  const options = value.split(',').map((option) => option.trim())
  const others = options.filter((option) => option.toLowerCase() !== 'upgrade')
  return others.length === 0 ? undefined : others.join(', ')
}

/** How long an upgrade waits for an answer in front of it: a stream of events, say, never ends. */
const queueMs = 30_000

/**
 * An upgrade may be pipelined behind a request that is not answered yet: until then the connection has a
 * response. Nobody reads the connection meanwhile, and Node does not cut it: what waits in vain is cut here.
 */
export function whenFree(socket: Duplex, deadlines: Deadlines, run: () => void): void {
  const pending = pendingResponses(socket)
  const [response] = pending
  if (response === undefined) {
    run()
    return
  }
  const cut = (): void => {
    socket.destroy()
  }
  const ended = (): void => {
    endWithClient(socket)
  }
  const lost = (): void => {
    // Node tells the response that has the connection, but no longer the requests, nor, where it does so, the
    // responses behind that one.
    for (const { req } of pending) loseRequest(req)
    for (const waiting of pending) if (waiting.socket === null) waiting.destroy()
  }
  const deadline = new Deadline({ deadlinePassed: cut })
  deadlines.arm(deadline, queueMs)
  socket.on('error', cut)
  socket.on('end', ended)
  // As Node does, before it tells the response.
  socket.prependOnceListener('close', lost)
  response.once('close', () => {
    deadlines.disarm(deadline)
    socket.off('end', ended)
    socket.off('close', lost)
    // A connection that broke under the answer tells its error only after this: the listener stays.
    if (socket.destroyed || socket.writableEnded) return
    socket.off('error', cut)
    // Node has taken the connection for an idle one.
    if ('setTimeout' in socket) (socket as Socket).setTimeout(0)
    whenFree(socket, deadlines, run)
  })
}
