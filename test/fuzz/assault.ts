// Owns: one input at a server: the sessions that it speaks of, the bytes over TCP, and what the server must do with them.
// Elsewhere: the bytes (seeds.ts, mutator.ts), the server (arena.ts).
import { once } from 'node:events'
import net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { ackIds } from '../../lib/socket/acks.js'
import { clientFrame } from '../support/client-frame.js'
import { ask, openPolling } from '../support/engine-peer.js'
import type { Arena } from './arena.js'
import { framesOf } from './decoders.js'
import { split } from './mutator.js'
import type { Random } from './random.js'
import { upgradePaths, upgradeTo, type Kind } from './seeds.js'

// Well past every duration of the application's.
const patienceMs = 30_000

/** Throws an input at the server, whole and split; `random` chooses how, and how the client goes. */
export async function assault(arena: Arena, kind: Kind, bytes: Buffer, random: Random): Promise<void> {
  const { head, body } = dressed(kind, bytes, random)
  const opening = Buffer.from(await withSessions(arena, head, random), 'latin1')
  const whole = withAcks(Buffer.concat([opening, body]))
  // Cut behind the head alone, or anywhere.
  const cut = random.oneIn(2) ? opening.length : 0
  await strike(arena, [whole.subarray(0, cut), ...split(whole.subarray(cut), random)], random)
}

/** What a kind's bytes are carried in. */
function dressed(kind: Kind, bytes: Buffer, random: Random): { head: string; body: Buffer } {
  const nothing = Buffer.alloc(0)
  switch (kind) {
    case 'http':
      return { head: bytes.toString('latin1'), body: nothing }
    case 'packet-09':
      return { head: upgradeTo(upgradePaths['websocket-09']), body: clientFrame(bytes) }
    case 'payload-09':
      return posted(random.pick(['xhr-polling', 'htmlfile']), 'text/plain;charset=UTF-8', bytes)
    case 'form-09':
      return posted('jsonp-polling', 'application/x-www-form-urlencoded', bytes)
    case 'frames-5': {
      const connects = random.oneIn(4) ? [] : ['40', '40/chat,']
      const frames = framesOf(bytes).map((frame) =>
        typeof frame === 'string' ? clientFrame(`4${frame}`) : clientFrame(frame, { opcode: 2 }),
      )
      const path = upgradePaths[random.pick(['websocket-3', 'websocket-4'] as const)]
      return { head: upgradeTo(path), body: Buffer.concat([...connects.map((text) => clientFrame(text)), ...frames]) }
    }
    default:
      return { head: upgradeTo(upgradePaths[kind]), body: bytes }
  }
}

function posted(transport: string, type: string, body: Buffer): { head: string; body: Buffer } {
  const lines = [
    `POST /socket.io/1/${transport}/%SID% HTTP/1.1`,
    'Host: 127.0.0.1',
    'Referer: http://127.0.0.1/',
    `Content-Type: ${type}`,
    `Content-Length: ${body.length}`,
  ]
  return { head: `${lines.join('\r\n')}\r\n\r\n`, body }
}

/** Opens the sessions that a request names: fresh, or open and in a namespace. */
async function withSessions(arena: Arena, text: string, random: Random): Promise<string> {
  let named = text
  if (named.includes('%SID%')) named = named.replaceAll('%SID%', await openSid(arena, random))
  for (const revision of [3, 4] as const) {
    const place = `%EIO${revision}%`
    if (!named.includes(place)) continue
    const peer = await openPolling(arena.url, revision)
    if (revision === 4 && random.oneIn(2)) await peer.post('40')
    named = named.replaceAll(place, peer.sid)
  }
  return named
}

async function openSid(arena: Arena, random: Random): Promise<string> {
  const { body } = await ask(`${arena.url}/socket.io/1/`)
  const [sid = ''] = body.split(':')
  const url = `${arena.url}/socket.io/1/xhr-polling/${sid}`
  if (random.oneIn(3)) await ask(url)
  if (random.oneIn(3)) await ask(url, { body: '1::/chat' })
  return sid
}

// The ids are counted for the whole process; begun anew in time, they stay within the five digits of the placeholder.
function withAcks(bytes: Buffer): Buffer {
  if (ackIds.next > 90_000) ackIds.next = 1
  const id = String(ackIds.next).padStart(5, '0')
  return Buffer.from(bytes.toString('latin1').replaceAll('%ACK%', id), 'latin1')
}

async function strike(arena: Arena, pieces: readonly Buffer[], random: Random): Promise<void> {
  const socket = net.connect({ host: '127.0.0.1', port: arena.port, noDelay: true, allowHalfOpen: true })
  // Whatever the server does to the connection is its right.
  socket.on('error', () => {})
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      resolve()
    })
  })
  socket.resume()
  // The server's FIN is answered, as every client does sooner or later.
  socket.once('end', () => socket.end())
  await Promise.race([once(socket, 'connect').catch(() => {}), closed])
  const port = socket.localPort
  let sent = 0
  for (const piece of pieces) {
    if (socket.destroyed || socket.writableEnded) break
    socket.write(piece)
    sent += piece.length
    await new Promise((resolve) => setImmediate(resolve))
  }
  if (port !== undefined) await leave(arena, socket, port, sent, closed, random)
}

async function leave(
  arena: Arena,
  socket: net.Socket,
  port: number,
  sent: number,
  closed: Promise<void>,
  random: Random,
): Promise<void> {
  const way = random.below(4)
  if (way === 0) {
    socket.resetAndDestroy()
    await closed
    return
  }
  const deadline = performance.now() + patienceMs
  const late = (): boolean => performance.now() > deadline
  if (way === 1) {
    socket.end()
    while (!socket.closed && !late()) await sleep(2)
    if (!socket.closed) arena.faults.push(new Error('a connection stayed open after its client had ended it'))
  } else {
    while (!socket.closed && !arena.isAtRest(port, sent) && !late()) await sleep(2)
    if (late()) arena.faults.push(new Error('a request that has come whole is not answered'))
  }
  socket.destroy()
  await closed
}
