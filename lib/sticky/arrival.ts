// Owns: a connection that has come to the primary, until its first line is read: then it is handed on, unread
// bytes and all.
// Elsewhere: to whom (primary.ts).
import type { Socket } from 'node:net'
import { readFirstLine } from './first-line.js'

/** What may come of a connection. */
export interface ArrivalOwner {
  /** How many bytes its first line may have. */
  readonly maxLineSize: number
  /** How long that may take, in milliseconds. */
  readonly lineTimeout: number
  /** @param url the target of its first request; undefined where that is not HTTP. */
  arrived(socket: Socket, head: Buffer, url: string | undefined): void
}

/**
 * For `net.createServer()`: a connection stops reading with each piece that it gives, and reads on when it is
 * asked to. Bytes behind the first line are left to the worker that way: what the primary reads is lost for it.
 */
export const readsOnDemand = { highWaterMark: 0 } as const

/** @param socket of a server that was made with `readsOnDemand`. */
export function receive(socket: Socket, owner: ArrivalOwner): void {
  let head: Buffer = Buffer.alloc(0)
  const refuse = (status: string): void => {
    done()
    answer(socket, status)
  }
  const late = setTimeout(refuse, owner.lineTimeout, '408 Request Timeout')
  const lost = (): void => {
    done()
    socket.destroy()
  }
  const done = (): void => {
    clearTimeout(late)
    socket.off('readable', read).off('end', lost).off('close', lost)
  }
  const read = (): void => {
    const chunk = socket.read() as Buffer | null
    if (chunk === null) return
    head = head.length === 0 ? chunk : Buffer.concat([head, chunk])
    const line = readFirstLine(head)
    if (line === undefined) {
      if (head.length > owner.maxLineSize) refuse('414 URI Too Long')
      else socket.read(0)
      return
    }
    done()
    owner.arrived(socket, head, line === 'not http' ? undefined : line.url)
  }
  socket.on('error', () => {})
  socket.on('readable', read)
  socket.on('end', lost)
  socket.on('close', lost)
}

/** Answers in place of a worker, and closes. */
export function answer(socket: Socket, status: string): void {
  // Closed with bytes unread, it would be reset, and its client might not see the answer.
  socket.resume()
  const headers = `Connection: close\r\nContent-Length: 0\r\nRetry-After: 1\r\n`
  socket.end(`HTTP/1.1 ${status}\r\n${headers}\r\n`, () => {
    socket.destroy()
  })
}
