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
 * The handle of a connection: Node has no public way to stop reading at once, and what is read here behind
 * the first line is lost for the worker. Known: `_handle`, and its `readStop()`. Without them a request that
 * comes in many pieces may be cut.
 */
interface Handle {
  readStop?(): void
}

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
    socket.off('data', read).off('end', lost).off('close', lost)
  }
  const read = (chunk: Buffer): void => {
    head = head.length === 0 ? chunk : Buffer.concat([head, chunk])
    const line = readFirstLine(head)
    if (line === undefined) {
      if (head.length > owner.maxLineSize) refuse('414 URI Too Long')
      return
    }
    done()
    stopReading(socket)
    owner.arrived(socket, head, line === 'not http' ? undefined : line.url)
  }
  socket.on('error', () => {})
  socket.on('data', read)
  socket.on('end', lost)
  socket.on('close', lost)
}

function stopReading(socket: Socket): void {
  socket.pause()
  const handle = Reflect.get(socket, '_handle') as Handle | null
  handle?.readStop?.()
}

/** Answers in place of a worker, and closes. */
export function answer(socket: Socket, status: string): void {
  const headers = `Connection: close\r\nContent-Length: 0\r\nRetry-After: 1\r\n`
  socket.end(`HTTP/1.1 ${status}\r\n${headers}\r\n`, () => {
    socket.destroy()
  })
}
