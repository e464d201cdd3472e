// Owns: one raw client of any generation in /chat that is lost and comes back, behind a proxy that says its address.
// Elsewhere: other namespaces and transports (the files beside this one).
import http from 'node:http'
import type { TestContext } from 'node:test'
import express from 'express'
import { BaseNamespace, socketioMiddleware, type NamespaceDeclarations, type Options } from '../../../lib/index.js'
import { ask, startWebSocket, type WebSocketPeer } from '../../support/engine-peer.js'
import type { Generation } from '../../support/generations.js'
import { listen, type TestServer } from '../../support/server.js'

/** Starts a server that believes X-Forwarded-For. */
export function trustingServer(
  t: TestContext,
  namespaces: NamespaceDeclarations,
  options: Options,
): Promise<TestServer> {
  const io = socketioMiddleware(namespaces, options)
  return listen(t, io, http.createServer(express().set('trust proxy', true).use(io)), options.clock)
}

/** What the hooks of its namespace were called for, such as `disconnect transport close`, and what its handler was sent. */
export interface ChatServer extends TestServer {
  readonly seen: readonly string[]
  readonly handled: readonly unknown[]
  readonly opened: readonly BaseNamespace[]
}

/** Starts a server that believes X-Forwarded-For, with a /chat that says back each `number`. */
export async function chatServer(t: TestContext, options: Options = {}): Promise<ChatServer> {
  const seen: string[] = []
  const handled: unknown[] = []
  const namespaces: BaseNamespace[] = []
  class Chat extends BaseNamespace {
    override recv_connect() {
      seen.push('connect')
      namespaces.push(this)
    }
    override recv_suspend() {
      seen.push('suspend')
    }
    override recv_resume() {
      seen.push('resume')
    }
    override recv_disconnect(reason: string) {
      seen.push(`disconnect ${reason}`)
    }
    on_number(value: unknown) {
      handled.push(value)
      this.emit('numbered', value)
    }
  }
  const server = await trustingServer(t, { '/chat': Chat }, { recovery: true, ...options })
  return { ...server, seen, handled, opened: namespaces }
}

export interface AnyClient {
  /** The session id, or the private id. */
  readonly name: string
  /** Of the last event that was taken, on 4. */
  readonly offset: string | undefined
  readonly websocket: WebSocketPeer['websocket']
  readonly closed: Promise<number>
  /** The next event, without an offset: name and arguments. */
  event(): Promise<readonly unknown[]>
  emit(...event: readonly unknown[]): void
  /** What it has received since it opened, as it came. */
  readonly received: readonly string[]
  cut(): void
}

const opened = { '0.9': /^1::\/chat$/, '2': /^40\/chat,?$/, '4': /^4[04]\/chat,/ } as const

export interface Coming {
  /** What it was called before, and how far it has got: how many events it has counted, or the last offset. */
  readonly back?: { readonly name: string; readonly seen?: number; readonly offset?: string | undefined }
  readonly address?: string
  /** Is given its websocket before that is let in. */
  readonly began?: (websocket: WebSocketPeer['websocket']) => void
}

/** A websocket that asks for /chat. */
export async function comeBy(
  t: TestContext,
  { url }: Pick<TestServer, 'url'>,
  wire: Generation,
  { back, address = '10.0.0.1', began }: Coming = {},
): Promise<AnyClient> {
  const headers = { 'X-Forwarded-For': address }
  const resume = back === undefined ? '' : `&resume=${back.name}&seen=${back.seen ?? 0}`
  let name = ''
  let path = ''
  if (wire === '0.9') {
    const { body, status } = await ask(`${url}/socket.io/1/?t=1${resume}`, { headers })
    if (status !== 200) throw new Error(`refused: ${status} ${body}`)
    ;[name = ''] = body.split(':')
    path = `/socket.io/1/websocket/${name}`
  } else path = `/socket.io/?EIO=${wire === '2' ? 3 : 4}&transport=websocket${wire === '2' ? resume : ''}`
  const peer = startWebSocket(t, url + path, headers)
  began?.(peer.websocket)
  const received: string[] = []
  peer.websocket.on('message', (data: Buffer) => received.push(data.toString()))
  const refused = peer.refused.then(({ status, body }) => {
    throw new Error(`refused: ${status} ${body}`)
  })
  refused.catch(() => {})
  const next = async (): Promise<string> => {
    for (;;) {
      const frame = await Promise.race([peer.text(), refused])
      if (frame === '2' || frame === '2::') peer.send(frame === '2' ? '3' : '2::')
      else return frame
    }
  }
  await next().then((first) => {
    if (wire !== '0.9') name = (JSON.parse(first.slice(1)) as { sid: string }).sid
  })
  const auth = back === undefined ? '' : JSON.stringify({ pid: back.name, offset: back.offset })
  peer.send(wire === '0.9' ? '1::/chat' : wire === '2' ? '40/chat' : `40/chat,${auth}`)
  const missed: string[] = []
  for (;;) {
    const frame = await next()
    if (opened[wire].test(frame)) {
      if (wire === '4') name = (JSON.parse(frame.slice(frame.indexOf(',') + 1)) as { pid: string }).pid
      break
    }
    if (frame.includes('[') || frame.includes('{')) missed.push(frame)
  }
  peer.putBack(missed)
  let offset: string | undefined
  return {
    name,
    get offset() {
      return offset
    },
    websocket: peer.websocket,
    closed: peer.closed,
    received,
    async event() {
      const frame = await next()
      if (wire === '0.9') {
        const { name: event, args = [] } = JSON.parse(frame.slice(frame.indexOf('{'))) as {
          name: string
          args?: unknown[]
        }
        return [event, ...args]
      }
      const list = JSON.parse(frame.slice(frame.indexOf('['))) as unknown[]
      if (wire === '4') offset = String(list.pop())
      return list
    },
    emit(event, ...args) {
      const json = JSON.stringify(wire === '0.9' ? { name: event, args } : [event, ...args])
      peer.send(wire === '0.9' ? `5::/chat:${json}` : `42/chat,${json}`)
    },
    cut: () => {
      peer.websocket.terminate()
    },
  }
}
