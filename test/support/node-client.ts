// Owns: the real 0.9.17 client in this process.
import { createRequire } from 'node:module'
import type { TestContext } from 'node:test'
import { makeKit, type Client, type ClientLibrary, type Kit } from './client-09.js'

const io = createRequire(import.meta.url)('socket.io-client-09') as ClientLibrary

/** A client with one transport, gone with its test. */
export function nodeClient(t: TestContext, url: string, transport: string): Client {
  const kit = makeKit(io, url, transport)
  t.after(() => {
    kit.close()
  })
  return {
    async run<Result, Arg>(step: (kit: Kit, arg: Arg) => Result | Promise<Result>, arg?: Arg): Promise<Result> {
      return step(kit, arg as Arg)
    },
  }
}
