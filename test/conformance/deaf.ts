// Owns: connections that send what a client sends, and do not read what they are sent.
// Elsewhere: what the server does about them (slow-readers.test.ts, half-closed.test.ts).
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { BaseNamespace, type DisconnectReason } from '../../lib/index.js'
import { clientFrame } from '../support/client-frame.js'
import type { TestServer } from '../support/server.js'
import { mount, V09Peer } from '../support/v09-peer.js'
import { Queue } from '../support/wire-client.js'

interface Heard {
  readonly opened: Queue<BaseNamespace>
  readonly reasons: Queue<DisconnectReason>
}

export function talkative() {
  const heard: Heard = {
    opened: new Queue<BaseNamespace>('a namespace'),
    reasons: new Queue<DisconnectReason>('a reason'),
  }
  class Talkative extends BaseNamespace {
    override initialize() {
      heard.opened.push(this)
    }

    override recv_disconnect(reason: DisconnectReason) {
      heard.reasons.push(reason)
    }
  }
  return { heard, Talkative }
}

/** A connection that sends `head` and reads its answer no further than up to `last`. */
export async function deaf(
  t: TestContext,
  { port }: Pick<TestServer, 'port'>,
  head: string,
  last = 'HTTP/1.1 ',
): Promise<{ readonly socket: Socket; readonly answer: string }> {
  const socket = connect({ port, host: '127.0.0.1' })
  t.after(() => socket.destroy())
  socket.write(head)
  let answer = ''
  while (!answer.includes(last)) answer += String((await once(socket, 'data'))[0])
  socket.pause()
  return { socket, answer }
}

export function upgrade(path: string): string {
  const key = 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
  return `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${key}\r\n`
}

/** Opens '' of a server. */
export type OpenDeaf = (
  t: TestContext,
  server: TestServer,
) => Promise<{ readonly socket: Socket; readonly sid: string }>

export const deafWebsocket: OpenDeaf = async (t, server) => {
  const sid = await new V09Peer(t, server).handshake()
  const { socket } = await deaf(t, server, upgrade(`${mount}/websocket/${sid}`))
  socket.write(clientFrame('3:::here'))
  return { socket, sid }
}

export const deafHtmlfile: OpenDeaf = async (t, server) => {
  const peer = new V09Peer(t, server)
  const sid = await peer.handshake()
  const { socket } = await deaf(t, server, `GET ${mount}/htmlfile/${sid} HTTP/1.1\r\nHost: x\r\n\r\n`)
  await peer.post('htmlfile', sid, '3:::here')
  return { socket, sid }
}

/** By the revision of engine.io's protocol. */
export const deafEngine =
  (revision: 3 | 4): OpenDeaf =>
  async (t, server) => {
    const { socket, answer } = await deaf(
      t,
      server,
      upgrade(`/socket.io/?EIO=${revision}&transport=websocket`),
      '"sid"',
    )
    socket.write(clientFrame(revision === 4 ? '40' : '42["hello"]'))
    return { socket, sid: /"sid":"([^"]+)"/.exec(answer)?.[1] ?? '' }
  }
