// Owns: the apps that the test kit is tried on, and what their namespaces do.
import express from 'express'
import Koa from 'koa'
import {
  BaseNamespace,
  BroadcastMixin,
  ConnectError,
  RoomsMixin,
  socketioMiddleware,
  type NamespaceDeclarations,
  type Options,
  type SocketioMiddleware,
} from '../../../lib/index.js'
import type { App, TestProtocol, TestTransport } from '../../../lib/testing.js'

interface Events {
  said: (name: string, text: string) => void
  count: (number: number) => void
  question: (text: string, answer: (reply: number) => void) => void
}

export class Chat extends RoomsMixin(BroadcastMixin(BaseNamespace<{ emits: Events; session: { name?: string } }>)) {
  override async recv_connect(): Promise<void> {
    if (this.environ.query.refuse !== undefined) throw new ConnectError('full', { retry: 5 })
    await this.join('lobby')
  }

  async on_say(text: string): Promise<string> {
    await this.sleep(1)
    this.emitToRoom('lobby', 'said', String(this.environ.query.name), text)
    this.emit('said', 'me', text)
    return 'delivered'
  }

  on_pair(): [number, string] {
    return [1, 'two']
  }

  on_list(): [number[]] {
    return [[1, 2]]
  }

  on_nothing(): void {}

  on_fail(): never {
    throw new Error('secret')
  }

  on_many(count: number): void {
    for (let number = 1; number <= count; number++) this.emit('count', number)
  }

  async on_ask(text: string): Promise<number> {
    return (await this.emitWithAck('question', text)) + 1
  }

  on_kick(): void {
    this.disconnect()
  }

  on_to_room(room: string, text: string): string {
    return `${room} ${text}`
  }
}

export const quietly: Options = { errorHandler: () => {} }

export const faces = ['express', 'koa', 'io alone'] as const
export type Face = (typeof faces)[number]

/** An app of a framework with the middleware on it, or the middleware alone. */
export function makeApp(
  face: Face,
  namespaces: NamespaceDeclarations,
  options: Options = {},
): { app: App; io: SocketioMiddleware } {
  const io = socketioMiddleware(namespaces, options)
  const app = face === 'express' ? express().use(io) : face === 'koa' ? new Koa().use(io) : io
  return { app, io }
}

export const wires = [
  ['4', 'websocket'],
  ['4', 'polling'],
  ['0.9', 'websocket'],
  ['0.9', 'xhr-polling'],
] as const satisfies readonly (readonly [TestProtocol, TestTransport])[]
