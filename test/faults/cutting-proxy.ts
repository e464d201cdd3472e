// Owns: a wire between client and server that breaks at any byte, as the seed wants it.
// Elsewhere: what must hold all the same (numbered-packets.test.ts).
import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import type { Random } from './random.js'

/** How many connections have broken where. */
export interface Cuts {
  /** Broken in a request, before its last byte. */
  requests: number
  /** Broken in a response, before its last byte. */
  responses: number
  /** Broken while the server had a request and had not answered. */
  held: number
}

/** How many bytes a connection carries at most in one direction before it breaks, unless that is left whole. */
const longestLife = 4_000
const longestWaitMs = 40

/**
 * Passes bytes on until it breaks, by resets to both sides. It breaks within a request or a response, or while one is
 * waited for: there the outcome is certain. A reset right behind a whole response tells the server the same as one within
 * it, and is left out.
 */
export class CuttingProxy {
  readonly cuts: Cuts = { requests: 0, responses: 0, held: 0 }
  readonly #random: Random
  readonly #serverPort: number
  readonly #isPrompt: boolean
  // To break a connection that was left whole.
  readonly #open = new Set<() => void>()
  readonly #server: net.Server
  #isCutting = true

  /** @param isPrompt whether small pieces are passed on at once. */
  constructor(random: Random, serverPort: number, isPrompt = false) {
    this.#random = random
    this.#isPrompt = isPrompt
    this.#serverPort = serverPort
    this.#server = net.createServer({ noDelay: isPrompt }, (client) => {
      this.#join(client)
    })
  }

  /** Whether connections have broken everywhere. */
  get hasCutAll(): boolean {
    return Object.values(this.cuts).every((count) => count > 0)
  }

  /** Connections break no more, so that what is left comes through. */
  stopCutting(): void {
    this.#isCutting = false
  }

  startCutting(): void {
    this.#isCutting = true
  }

  /** Breaks all that are there: a stream that was left whole would go on for good. */
  cutAll(): void {
    for (const cut of this.#open) cut()
  }

  async listen(t: Pick<TestContext, 'after'>): Promise<number> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    t.after(() => {
      this.#server.close()
    })
    return (this.#server.address() as AddressInfo).port
  }

  #join(client: net.Socket): void {
    const server = net.connect({ port: this.#serverPort, host: '127.0.0.1', noDelay: this.#isPrompt })
    const random = this.#random
    const life = (): number => (random.isOneIn(3) ? Infinity : 1 + random.below(longestLife))
    const left = { up: life(), down: life() }
    let waiting: NodeJS.Timeout | undefined
    const cut = (what: keyof Cuts): void => {
      this.cuts[what]++
      clearTimeout(waiting)
      client.resetAndDestroy()
      server.resetAndDestroy()
    }
    const cutWhole = (): void => {
      cut('held')
    }
    this.#open.add(cutWhole)
    client.on('data', (bytes) => {
      clearTimeout(waiting)
      // Of a request one byte comes through: the server knows by it that the response before has been read.
      const most = Math.max(1, left.up)
      const isCut = this.#isCutting && bytes.length > most
      server.write(isCut ? bytes.subarray(0, most) : bytes, () => {
        if (isCut) cut('requests')
      })
      left.up -= bytes.length
      if (isCut) client.pause()
      else if (this.#isCutting && random.isOneIn(4)) {
        waiting = setTimeout(() => {
          cut('held')
        }, random.below(longestWaitMs))
      }
    })
    server.on('data', (bytes) => {
      clearTimeout(waiting)
      const isCut = this.#isCutting && bytes.length > left.down
      client.write(isCut ? bytes.subarray(0, left.down) : bytes, () => {
        if (isCut) cut('responses')
      })
      left.down -= bytes.length
      if (isCut) server.pause()
    })
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      // Of interest only as the end that follows.
      from.on('error', () => {})
      from.on('end', () => {
        to.end()
      })
      from.on('close', (hadError) => {
        clearTimeout(waiting)
        this.#open.delete(cutWhole)
        if (hadError) to.resetAndDestroy()
        else to.destroy()
      })
    }
  }
}
