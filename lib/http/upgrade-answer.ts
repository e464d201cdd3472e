// Owns: what goes out on the connection of an upgrade beside what the app answers: a 101 with the headers of
// its response, and a refusal without any.
// Elsewhere: when which (upgrade.ts).
import { STATUS_CODES, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'

/** What completes an upgrade once the chain is through. */
export type Completion = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

/**
 * How an upgrade was accepted: the server of websockets that answers it, ws's or another engine's, and what
 * has it do so.
 */
export interface Acceptance {
  readonly server: Pick<WebSocketServer, 'on'>
  readonly complete: Completion
}

// What the 101 says itself, and what describes a body that it does not have.
const notForwarded =
  /^(?:connection|upgrade|keep-alive|date|transfer-encoding|trailer|content-(?:length|type)|sec-websocket-[^:]*):/i

/**
 * What a response has written, as an answer to an upgrade: the headers of a 101, however they were set, as
 * lines for another one; something in front of an answer, 102 or 103, which is left out; or another answer.
 */
export function readAnswer(written: string | Buffer): readonly string[] | 'interim' | 'refusal' {
  const text = typeof written === 'string' ? written : written.toString('latin1')
  if (!text.startsWith('HTTP/1.1 1')) return 'refusal'
  if (!text.startsWith('HTTP/1.1 101 ')) return 'interim'
  const [, ...lines] = text.slice(0, text.indexOf('\r\n\r\n')).split('\r\n')
  return lines.filter(isForwarded)
}

/** Whether the line of a header goes out with a 101. */
export function isForwarded(line: string): boolean {
  return !notForwarded.test(line)
}

/** An upgrade that is being completed, which is done within one call. */
interface Completing {
  readonly socket: Duplex
  readonly headerLines: readonly string[]
  isOpened: boolean
}

let completing: Completing | undefined
// Servers of ws that emit the headers of their 101s: each is listened to once, and not for every upgrade
// (bench: connect).
const heard = new WeakSet<object>()

/**
 * Has an upgrade completed; false when the handshake was found wrong: the connection is still on the caller's
 * hands.
 */
export function completeUpgrade(
  { server, complete }: Acceptance,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  headerLines: readonly string[],
): boolean {
  const isOfWs = server instanceof WebSocketServer
  // Another engine may not emit them, and ws does not when it has answered 400.
  const now: Completing = { socket, headerLines, isOpened: !isOfWs }
  if (isOfWs && !heard.has(server)) {
    heard.add(server)
    server.on('headers', addHeaders)
  }
  const before = completing
  completing = now
  try {
    complete(request, socket, head)
  } finally {
    completing = before
  }
  return now.isOpened
}

function addHeaders(lines: string[], asked: IncomingMessage): void {
  // engine.io has been given something else for the request.
  if (completing === undefined || asked.socket !== completing.socket) return
  const { socket, headerLines } = completing
  completing.isOpened = true
  lines.push(...headerLines)
  if (headerLines.some(isBeyondAscii)) writeNextAsLatin1(socket)
}

function isBeyondAscii(line: string): boolean {
  return /[\x80-\xff]/.test(line)
}

// ws writes a text as UTF-8, Node writes headers as latin1. The next text on the connection is the 101.
function writeNextAsLatin1(socket: Duplex): void {
  const own = Object.getOwnPropertyDescriptor(socket, 'write')
  const value = function (this: Duplex, text: string): boolean {
    if (own === undefined) Reflect.deleteProperty(this, 'write')
    else Object.defineProperty(this, 'write', own)
    return this.write(text, 'latin1')
  }
  Object.defineProperty(socket, 'write', { value, configurable: true, writable: true })
}

/** Answers in place of the app, with nothing but a status: the last answer on its connection. */
export function refuse(socket: Duplex, status: number): void {
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
  endSoon(socket)
}

/** Ends a connection once what was written has gone out. */
export function endSoon(socket: Duplex): void {
  if ('destroySoon' in socket) (socket as { destroySoon(): void }).destroySoon()
  else socket.end()
}
