// Owns: an upgrade for another worker's client on a connection that has come here: all that comes on it is
// passed on, both ways.
// Elsewhere: which those are (passing-on.ts).
import type { IncomingMessage, ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'

// How long an answer in front of it may take.
const patienceMs = 30_000

/**
 * Passes an upgrade on to the worker at that port, once what was asked before it on its connection has been
 * answered.
 * @param before the last of these answers.
 */
export function passUpgradeOn(
  request: IncomingMessage,
  headers: readonly string[],
  socket: Socket,
  head: Buffer,
  port: number,
  before: ServerResponse | undefined,
): void {
  const cut = (): void => {
    socket.destroy()
  }
  // Node has taken its listener, and its time-outs, away.
  socket.on('error', cut)
  socket.setTimeout(0)
  if (before === undefined || before.closed) {
    join(request, headers, socket, head, port)
    return
  }
  const late = setTimeout(cut, patienceMs)
  socket.once('close', () => {
    clearTimeout(late)
  })
  before.once('close', () => {
    clearTimeout(late)
    if (socket.writable) join(request, headers, socket, head, port)
    else cut()
  })
}

function join(
  { method, url, httpVersion }: IncomingMessage,
  headers: readonly string[],
  socket: Socket,
  head: Buffer,
  port: number,
): void {
  const lines = [`${method} ${url} HTTP/${httpVersion}`]
  for (let at = 0; at < headers.length; at += 2) lines.push(`${headers[at]}: ${headers[at + 1]}`)
  const onward = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  onward.on('error', () => {
    if (onward.bytesRead > 0) socket.destroy()
    else socket.end('HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
  })
  onward.on('close', () => {
    socket.destroySoon()
  })
  socket.on('close', () => {
    onward.destroy()
  })
  onward.setNoDelay()
  onward.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
  onward.write(head)
  socket.pipe(onward)
  onward.pipe(socket)
}
