// Owns: real clients of every generation in the room where an attack's values arrive: they hear, answer, and are served after.
// Elsewhere: the attack (assault.ts), the handlers (arena.ts).
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { ClientSocket, Kit } from '../support/client-09.js'
import { Journal, within } from '../support/journal.js'
import { nodeClient } from '../support/node-client.js'
import type { Arena } from './arena.js'

const guests = [
  ['0.9', 'websocket'],
  ['0.9', 'xhr-polling'],
  ['2', 'polling'],
  ['4', 'websocket'],
] as const
const endpoints = ['', '/chat'] as const

interface Witness {
  readonly name: string
  readonly endpoint: string
  readonly kit: Kit
  readonly socket: ClientSocket
  /** What was said last. */
  readonly heard: Journal<string>
}

export class Witnesses {
  readonly #all: Witness[] = []
  readonly #leaving: readonly (() => unknown)[]
  #said = 0

  private constructor(leaving: readonly (() => unknown)[]) {
    this.#leaving = leaving
  }

  /** One client of each generation and wire, in the room of each endpoint. */
  static async enter(arena: Arena): Promise<Witnesses> {
    const leaving: (() => unknown)[] = []
    const t = { after: (leave: () => unknown) => leaving.push(leave) } as unknown as TestContext
    const witnesses = new Witnesses(leaving)
    try {
      for (const [generation, transport] of guests) {
        const name = `${generation} ${transport}`
        const entered = await nodeClient(t, arena.url, transport, generation).run((kit) => enterAll(kit, name))
        witnesses.#all.push(...entered)
      }
      await witnesses.assertServed()
      return witnesses
    } catch (error) {
      witnesses.leave()
      throw error
    }
  }

  /** Everyone is still there: each is answered, and what each says is heard by all in its endpoint, on every wire. */
  async assertServed(): Promise<void> {
    for (const { name, endpoint, kit, socket } of this.#all) {
      const word = `word ${this.#said++} of ${name}`
      assert.deepEqual(await kit.ask(socket, 'tell', word), [word])
      const present = this.#all.filter((other) => other.endpoint === endpoint)
      await Promise.all(present.map((other) => within(`"${word}" at ${other.name}`, hears(other.heard, word))))
    }
  }

  leave(): void {
    for (const leave of this.#leaving) leave()
  }
}

async function enterAll(kit: Kit, name: string): Promise<Witness[]> {
  const entered: Witness[] = []
  const first = kit.connect()
  for (const endpoint of endpoints) {
    const socket = endpoint === '' ? first : first.of(endpoint)
    await kit.next(socket, 'connect')
    const heard = new Journal<string>()
    socket.on('said', (text: string) => {
      heard.note(text)
    })
    // A namespace is made, and in its room, with the first packet.
    await kit.ask(socket, 'tell', 'hello')
    entered.push({ name, endpoint, kit, socket, heard })
  }
  return entered
}

async function hears(heard: Journal<string>, word: string): Promise<void> {
  while (!heard.entries.includes(word)) await heard.until(heard.entries.length + 1)
}
