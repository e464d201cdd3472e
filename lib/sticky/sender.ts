// Owns: the address of the client whose request one worker has passed on to another, where it would seem to
// come from this machine: guards of applications judge by it.
// Elsewhere: passing on (passing-on.ts, upgrade-on.ts).
import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

/** Workers believe each other by what their primary alone has told them. */
const senderHeader = 'socketio-middleware-sender'

const fields = ['remoteAddress', 'remoteFamily', 'remotePort'] as const

/** The headers of a request as it is passed on. */
export function withSender({ rawHeaders, socket }: IncomingMessage, secret: string): string[] {
  const sender = fields.map((name) => String(socket[name])).join(' ')
  return [...withoutHeader(rawHeaders), senderHeader, `${secret} ${sender}`]
}

/** Gives a request that has been passed on, and its connection, what they had where they came from. */
export function restoreSender(request: IncomingMessage, secret: string): void {
  const header = request.headers[senderHeader]
  if (typeof header !== 'string') return
  const [told = '', address, family, port] = header.split(' ')
  if (!isSame(told, secret)) return
  request.rawHeaders = withoutHeader(request.rawHeaders)
  delete request.headers[senderHeader]
  const values = { remoteAddress: address, remoteFamily: family, remotePort: Number(port) }
  // For as long as it serves this request: the next one on it brings its own.
  for (const name of fields) define(request.socket, name, values[name])
}

function define(socket: Socket, name: string, value: unknown): void {
  Object.defineProperty(socket, name, { value, configurable: true, enumerable: true })
}

function isSame(told: string, secret: string): boolean {
  const [one, other] = [Buffer.from(told), Buffer.from(secret)]
  return secret !== '' && one.length === other.length && timingSafeEqual(one, other)
}

function withoutHeader(rawHeaders: readonly string[]): string[] {
  return rawHeaders.filter((_text, at, all) => all[at - (at % 2)]?.toLowerCase() !== senderHeader)
}
