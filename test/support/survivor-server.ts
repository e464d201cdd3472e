// Owns: the process in which one application runs that its clients may end: `survivor-server.ts <module> <name>`.
// Elsewhere: who starts it, and asks whether it lives (survivor.ts).
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import express from 'express'
import {
  socketioMiddleware,
  type NamespaceDeclarations,
  type Options,
  type SocketioMiddleware,
} from '../../lib/index.js'

/** What an application of such a process has at hand. */
export interface Stage {
  /** Tells the test something. */
  readonly note: (line: string) => void
  /** An errorHandler that notes each error, and writes nothing. */
  readonly noteErrors: NonNullable<Options['errorHandler']>
}

/** One application. */
export interface Plot {
  readonly namespaces: NamespaceDeclarations
  readonly options?: Options
  /** Called once the middleware is made. */
  readonly begin?: (io: SocketioMiddleware) => unknown
  /** What the test can have done. A command that throws ends the process, as a route's listener would. */
  readonly commands?: Readonly<Record<string, (io: SocketioMiddleware) => unknown>>
}

export type PlotMaker = (stage: Stage) => Plot

function send(message: object): void {
  process.send?.(message)
}

const note = (line: string): void => {
  send({ note: line })
}

const [url, name] = process.argv.slice(2)
const plots = (await import(url as string)) as Readonly<Record<string, PlotMaker>>
const plot = plots[name as string]
if (plot === undefined) throw new Error(`expected an application ${name} in ${url}`)
const { namespaces, options, begin, commands } = plot({
  note,
  noteErrors: (_socket, errorName, message, endpoint) => {
    note(`error ${errorName} on "${endpoint}": ${message}`)
  },
})
const io = socketioMiddleware(namespaces, options)
await begin?.(io)
process.on('message', (command: string) => {
  if (command !== 'ping') {
    void commands?.[command]?.(io)
    return
  }
  // What is about to fail does so within a few turns.
  void (async () => {
    for (let round = 0; round < 5; round++) await turn()
    note('pong')
  })()
})
const server = http.createServer(express().use(io))
server.listen(0, '127.0.0.1')
await once(server, 'listening')
send({ port: (server.address() as AddressInfo).port })
