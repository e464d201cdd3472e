// Owns: what becomes of an answer: whether all of it has gone out, and whether it was read.
// Elsewhere: giving it (http-exchange.ts, koa-exchange.ts).
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { ExchangeWatcher, ResetWatcher } from '../transports/exchange.js'
import { connectionOf, isDelivered, streamOf } from './http2.js'

/**
 * Tells once when a response is over, with whether all of it went out; soon, if it is over already. The
 * listener knows its watcher, as a field that Express's responses get after their change of prototype is dear
 * (bench: poll-connect).
 */
export function whenClosed(response: ServerResponse, watcher: ExchangeWatcher): void {
  const connection: QueuingConnection & AnsweredConnection = response.req.socket
  if (connection[unread] !== undefined || response.req.httpVersionMajor > 1) forgetRead(connectionOf(response.req))
  let isOver = false
  const closed = (): void => {
    if (isOver) return
    isOver = true
    connection[queued]?.delete(closed)
    watcher.over(isDelivered(response))
  }
  if (response.destroyed || connection.destroyed) {
    queueMicrotask(closed)
    return
  }
  response.on('close', closed)
  if (response.socket === null) queue(connection, closed)
}

// A pipelined request's response has no connection of its own before those in front of it are over, and Node
// does not tell it when that is lost meanwhile: the connection knows them.
const queued = Symbol('queued')
type QueuingConnection = Socket & { [queued]?: Set<() => void> }

function queue(connection: QueuingConnection, closed: () => void): void {
  if (connection[queued] === undefined) {
    connection[queued] = new Set()
    connection.on('close', loseQueued)
  }
  connection[queued].add(closed)
}

function loseQueued(this: QueuingConnection): void {
  for (const closed of this[queued] ?? []) closed()
}

// A connection knows the answers that were given since anything has come over it: one, or with pipelining and
// HTTP/2 several.
const unread = Symbol('unread')
type AnsweredConnection = Socket & { [unread]?: Answer }

interface Answer {
  /** How much had come over the connection when it was given. */
  readonly bytesRead: number
  watcher: ResetWatcher | undefined
  before?: Answer | undefined
}

/**
 * Tells when a connection is reset, and nothing has come over it since: a client that goes on has read its
 * answer. Not for requests that a proxy has passed on.
 */
export function whenReset(request: IncomingMessage, watcher: ResetWatcher): void {
  const connection: AnsweredConnection | undefined = connectionOf(request)
  if (connection === undefined || isFromProxy(request)) return
  const { bytesRead, [unread]: before } = connection
  if (before === undefined) connection.on('close', streamOf(request) === undefined ? closedUnread : sessionClosedUnread)
  connection[unread] = { bytesRead, watcher, before: before?.bytesRead === bytesRead ? before : undefined }
}

// A proxy reads each answer, and may reset its connection right behind one, as HAProxy does when its client
// closes: that says nothing about the client.
function isFromProxy({ headers }: IncomingMessage): boolean {
  return headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined || headers.via !== undefined
}

// An answer that was read is kept no longer: it weighs as much as the poll after it (bench: poll-memory).
function forgetRead(connection: AnsweredConnection | undefined): void {
  const answer = connection?.[unread]
  if (answer === undefined || answer.bytesRead === connection?.bytesRead) return
  answer.watcher = undefined
  answer.before = undefined
}

function closedUnread(this: AnsweredConnection, hadError: boolean): void {
  if (hadError) sessionClosedUnread.call(this)
}

// Node does not report every reset that ends a session. A session that ends in order has a last frame, which
// is read.
function sessionClosedUnread(this: AnsweredConnection): void {
  const last = this[unread]
  if (last?.bytesRead !== this.bytesRead) return
  for (let answer: Answer | undefined = last; answer !== undefined; answer = answer.before) answer.watcher?.reset()
}
