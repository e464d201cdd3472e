// Owns: the names in use, the rooms and their last messages, all in memory.
// Elsewhere: what a client may do, and who is notified (chat.ts).
import { randomUUID } from 'node:crypto'

export interface Message {
  readonly id: string
  /** The first message of a room is 1. */
  readonly number: number
  readonly name: string
  readonly text: string
  /** Milliseconds since 1970, by the server's clock. */
  readonly at: number
  /** The generation of the client that it was said with. */
  readonly client: string
}

export interface RoomSummary {
  readonly name: string
  readonly topic: string
  readonly people: number
}

const keptMessages = 50
const mostRooms = 40

export class Room {
  readonly name: string
  readonly topic: string
  readonly messages: Message[] = []
  // By name, how many tabs are here: somebody with two tabs is one person, and leaves with the last.
  readonly #tabs = new Map<string, number>()
  #said = 0

  constructor(name: string, topic: string) {
    this.name = name
    this.topic = topic
  }

  get people(): string[] {
    return [...this.#tabs.keys()]
  }

  /** Whether nobody of that name was here before. */
  enter(name: string): boolean {
    const tabs = this.#tabs.get(name) ?? 0
    this.#tabs.set(name, tabs + 1)
    return tabs === 0
  }

  /** Whether nobody of that name is left. */
  leave(name: string): boolean {
    const tabs = (this.#tabs.get(name) ?? 0) - 1
    if (tabs > 0) this.#tabs.set(name, tabs)
    else this.#tabs.delete(name)
    return tabs <= 0
  }

  add(name: string, text: string, client: string, id: string = randomUUID()): Message {
    const message = { id, number: ++this.#said, name, text, at: Date.now(), client }
    this.messages.push(message)
    if (this.messages.length > keptMessages) this.messages.shift()
    return message
  }
}

export class House {
  readonly #standing = new Map(
    [
      new Room('lobby', 'Where everybody comes in'),
      new Room('random', 'Anything else'),
      new Room('help', 'Ask, and somebody may know'),
    ].map((room) => [room.name, room]),
  )
  readonly #made = new Map<string, Room>()
  // Who has which name. Names that differ in case only are one.
  readonly #names = new Map<string, { readonly visitor: string; tabs: number }>()

  /** Takes a name for a visitor, who may have it in several tabs; false when somebody else has it. */
  takeName(name: string, visitor: string): boolean {
    const key = name.toLowerCase()
    const owner = this.#names.get(key) ?? { visitor, tabs: 0 }
    if (owner.visitor !== visitor) return false
    owner.tabs++
    this.#names.set(key, owner)
    return true
  }

  giveNameBack(name: string): void {
    const key = name.toLowerCase()
    const owner = this.#names.get(key)
    if (owner !== undefined && --owner.tabs === 0) this.#names.delete(key)
  }

  /** The rooms, those that are always there first. */
  get rooms(): RoomSummary[] {
    const all = [...this.#standing.values(), ...this.#made.values()]
    return all.map(({ name, topic, people }) => ({ name, topic, people: people.length }))
  }

  /** A room by its name, made if it is not there; undefined when there are enough. */
  room(name: string, maker: string): Room | undefined {
    const found = this.#standing.get(name) ?? this.#made.get(name)
    if (found !== undefined || this.#made.size >= mostRooms) return found
    const room = new Room(name, `Opened by ${maker}`)
    this.#made.set(name, room)
    return room
  }

  /** Forgets a room that somebody made once nobody is in it. */
  tidy(room: Room): void {
    if (room.people.length === 0) this.#made.delete(room.name)
  }
}
