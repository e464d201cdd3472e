// Owns: what becomes of an answer: whether all of it has gone out, and whether it was read.
// Elsewhere: giving it (http-exchange.ts, koa-exchange.ts).
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { ExchangeWatcher, ResetWatcher } from '../transports/exchange.js'

// A response knows its watcher: the listener is the same function for all.
const watching = Symbol('watcher')
type WatchedResponse = ServerResponse & { [watching]?: ExchangeWatcher | undefined }

/** Tells once when a response is over, with whether all of it went out; soon, if it is over already. */
export function whenClosed(response: ServerResponse, watcher: ExchangeWatcher): void {
  forgetRead(response.req.socket)
  const watched: WatchedResponse = response
  watched[watching] = watcher
  if (response.destroyed || response.req.socket.destroyed) {
    queueMicrotask(closed.bind(response))
    return
  }
  response.on('close', closed)
  if (response.socket === null) queue(response)
}

function closed(this: WatchedResponse): void {
  const watcher = this[watching]
  this[watching] = undefined
  const { socket } = this.req
  ;(socket as QueuingConnection)[queued]?.delete(this)
  // A response finishes as well when its connection breaks under it: only that shows what has not gone out.
  watcher?.over(this.writableFinished && !socket.destroyed && !socket.errored)
}

// A pipelined request's response has no connection of its own before those in front of it are over, and Node does not tell it
// when that is lost meanwhile: the connection knows them.
const queued = Symbol('queued')
type QueuingConnection = Socket & { [queued]?: Set<WatchedResponse> }

function queue(response: WatchedResponse): void {
  const connection: QueuingConnection = response.req.socket
  if (connection[queued] === undefined) {
    connection[queued] = new Set()
    connection.on('close', loseQueued)
  }
  connection[queued].add(response)
}

function loseQueued(this: QueuingConnection): void {
  for (const response of this[queued] ?? []) closed.call(response)
}

// A connection knows its latest answer, and how much had come over it when that was given.
const unread = Symbol('unread')
type AnsweredConnection = Socket & { [unread]?: { readonly bytesRead: number; watcher: ResetWatcher | undefined } }

/** Tells when a connection is reset, and nothing has come over it since: a client that goes on has read its answer. */
export function whenReset(connection: AnsweredConnection, watcher: ResetWatcher): void {
  const { bytesRead } = connection
  if (connection[unread] === undefined) connection.on('close', checkUnread)
  connection[unread] = { bytesRead, watcher }
}

// An answer that was read is kept no longer: it weighs as much as the poll after it (bench: poll-memory).
function forgetRead(connection: AnsweredConnection): void {
  const answer = connection[unread]
  if (answer !== undefined && answer.bytesRead !== connection.bytesRead) answer.watcher = undefined
}

function checkUnread(this: AnsweredConnection, hadError: boolean): void {
  const answer = this[unread]
  if (hadError && answer?.bytesRead === this.bytesRead) answer.watcher?.reset()
}
