// Owns: the real client of 0.9, with the lines that let it come back: its last session id, and how many packets it has heard.
import { createRequire } from 'node:module'
import type { TestContext } from 'node:test'
import { leave09 } from '../../support/leave-09.js'

const require = createRequire(import.meta.url)

interface Page {
  seen?: number
  sessionid: string
  connected: boolean
  options: { query?: string }
  disconnect(): void
}

interface Library {
  connect(url: string, options: object): Namespace
  Socket: { prototype: { onPacket(packet: { type: string }): void } }
}

interface Namespace {
  readonly socket: Page
  on(event: string, listener: (...args: never[]) => void): void
  once(event: string, listener: (...args: never[]) => void): void
  emit(event: string, ...args: unknown[]): void
}

export interface CountingClient extends Pick<Namespace, 'on' | 'emit'> {
  readonly page: Page
  next(event: string): Promise<unknown>
}

let isPatched = false

function library(): Library {
  const io = require('socket.io-client-09') as Library
  if (isPatched) return io
  isPatched = true
  const page = io.Socket.prototype
  const heard: (this: Page, packet: { type: string }) => void = Reflect.get(page, 'onPacket')
  page.onPacket = function (this: Page, packet) {
    if (/^(event|message|json|ack)$/.test(packet.type)) this.seen = (this.seen ?? 0) + 1
    heard.call(this, packet)
  }
  return io
}

/** @param isCounting whether it says how much it has heard. */
export function countingClient(
  t: TestContext,
  url: string,
  transport: string,
  isCounting: boolean,
  options: object = {},
): CountingClient {
  const namespace = library().connect(url, {
    transports: [transport],
    'force new connection': true,
    'reconnection delay': 20,
    'max reconnection attempts': 1_000,
    ...options,
  })
  const page = namespace.socket
  namespace.on('disconnect', () => {
    page.options.query = `resume=${page.sessionid}${isCounting ? `&seen=${page.seen ?? 0}` : ''}`
  })
  t.after(() => {
    leave09(page)
  })
  return {
    page,
    on: (event, listener) => {
      namespace.on(event, listener)
    },
    emit: (event, ...args) => {
      namespace.emit(event, ...args)
    },
    next: (event) =>
      new Promise((resolve) => {
        namespace.once(event, resolve)
      }),
  }
}
