// Owns: the chat: what a client may do in /chat, and who hears of it. The same class serves Express and Koa.
// Elsewhere: what is kept of rooms and people (house.ts), where a framework keeps its sessions (each server.ts).
import { fileURLToPath } from 'node:url'
import { BaseNamespace, BroadcastMixin, RoomsMixin } from '../../lib/index.js'
import { House, type Message, type Room, type RoomSummary } from './house.js'

/** What the server sends: emit(), emitToRoom() and broadcastEvent() check names and arguments against it. */
interface ChatEvents {
  greeting: (name: string | undefined) => void
  rooms: (rooms: RoomSummary[]) => void
  said: (room: string, message: Message) => void
  entered: (room: string, name: string) => void
  left: (room: string, name: string) => void
  typing: (room: string, name: string) => void
  clock: (now: number) => void
}

/** What this.session holds: it lives as long as the connection. */
interface ChatSession {
  name?: string
}

/** A visitor as the web framework's session knows him: it outlives the connection, and the page. */
export interface Visitor {
  readonly id: string
  readonly name: string | undefined
  /** Keeps the name for the next page; undefined forgets it. */
  remember(name: string | undefined): void
}

/** What a handler returns is the ack. Ours is what was asked for, or a sentence for the user. */
type Answer<Asked extends object = object> = Asked | { error: string }

/** The client of Socket.IO 4, for `?client=4`. That of 0.9 the middleware serves. */
export const newClient = {
  path: '/socket.io-4.js',
  file: fileURLToPath(import.meta.resolve('socket.io-client-4/dist/socket.io.js')),
}

const longestName = 24
const longestText = 2000
const mostRoomsAtOnce = 12
const clockInterval = 10_000

const house = new House()

export abstract class Chat extends RoomsMixin(
  BroadcastMixin(BaseNamespace<{ emits: ChatEvents; session: ChatSession }>),
) {
  readonly #rooms = new Set<Room>()

  abstract get visitor(): Visitor

  /** Nothing else can be reached before the login, whatever a client sends. */
  getInitialAcl() {
    return ['recv_connect', 'on_login']
  }

  /** The server's clock is a job: it ends with the namespace, because sleep() rejects then. */
  initialize() {
    this.spawn(async () => {
      for (;;) {
        this.emit('clock', Date.now())
        await this.sleep(clockInterval)
      }
    })
  }

  /** The page logs in by itself when it hears the name that the session remembers. */
  recv_connect() {
    this.emit('greeting', this.visitor.name)
  }

  on_login(wanted: unknown): Answer<{ name: string }> {
    if (this.session.name !== undefined) return { error: `You are ${this.session.name} already.` }
    const name = readName(wanted)
    if (name === undefined) return { error: `A name has 1 to ${longestName} characters.` }
    if (!house.takeName(name, this.visitor.id)) return { error: `Somebody is called ${name} already.` }
    this.session.name = name
    this.visitor.remember(name)
    this.liftAclRestrictions()
    this.emit('rooms', house.rooms)
    return { name }
  }

  async on_logout(): Promise<Answer> {
    await Promise.all([...this.#rooms].map((room) => this.#exit(room)))
    this.#giveNameBack()
    this.visitor.remember(undefined)
    this.resetAcl()
    return {}
  }

  async on_join(
    wanted: unknown,
  ): Promise<Answer<{ room: string; topic: string; people: string[]; messages: Message[] }>> {
    const { name = '' } = this.session
    const roomName = readName(wanted)?.toLowerCase()
    if (roomName === undefined) return { error: `A room's name has 1 to ${longestName} characters.` }
    const isHere = this.#find(roomName) !== undefined
    if (!isHere && this.#rooms.size >= mostRoomsAtOnce) return { error: 'Leave a room before you join another one.' }
    const room = house.room(roomName, name)
    if (room === undefined) return { error: 'There are too many rooms: join one of them.' }
    if (!isHere) await this.#enter(room, name)
    return { room: room.name, topic: room.topic, people: room.people, messages: room.messages }
  }

  async on_leave(roomName: unknown): Promise<Answer> {
    const room = this.#find(roomName)
    if (room !== undefined) await this.#exit(room)
    return {}
  }

  on_say(roomName: unknown, text: unknown): Answer<{ message: Message }> {
    const { name } = this.session
    const room = this.#find(roomName)
    if (room === undefined || name === undefined) return { error: 'You are not in that room.' }
    if (typeof text !== 'string' || text.trim() === '') return { error: 'There is nothing to say.' }
    if (text.length > longestText) return { error: `That is too long: at most ${longestText} characters.` }
    const message = room.add(name, text.trim(), this.socket.protocol)
    this.emitToRoom(channel(room), 'said', room.name, message)
    return { message }
  }

  on_typing(roomName: unknown) {
    const room = this.#find(roomName)
    if (room !== undefined) this.emitToRoom(channel(room), 'typing', room.name, this.session.name ?? '')
  }

  /** However the namespace ends: the rooms are still joined here, so that the others can be told. */
  async recv_disconnect() {
    await Promise.all([...this.#rooms].map((room) => this.#exit(room)))
    this.#giveNameBack()
  }

  #find(roomName: unknown): Room | undefined {
    return [...this.#rooms].find(({ name }) => name === roomName)
  }

  // The books are kept before anything is awaited: a client that goes away meanwhile is then seen off like any other.
  async #enter(room: Room, name: string) {
    this.#rooms.add(room)
    const isNew = room.enter(name)
    await this.join(channel(room))
    if (isNew) this.emitToRoom(channel(room), 'entered', room.name, name)
    this.broadcastEvent('rooms', house.rooms)
  }

  async #exit(room: Room) {
    const { name = '' } = this.session
    this.#rooms.delete(room)
    if (room.leave(name)) this.emitToRoom(channel(room), 'left', room.name, name)
    house.tidy(room)
    this.broadcastEvent('rooms', house.rooms)
    await this.leave(channel(room))
  }

  #giveNameBack() {
    if (this.session.name !== undefined) house.giveNameBack(this.session.name)
    delete this.session.name
  }
}

/** Every socket's id is a room, too: with a prefix, nobody can make a room that is somebody's id. */
function channel(room: Room): string {
  return `room:${room.name}`
}

/** A name on one line, without what cannot be seen; undefined when nothing is left, or too much. */
function readName(wanted: unknown): string | undefined {
  if (typeof wanted !== 'string' || wanted.length > 200) return undefined
  const name = wanted.normalize('NFKC').replace(/\p{C}/gu, '').replace(/\s+/g, ' ').trim()
  return name !== '' && name.length <= longestName ? name : undefined
}
