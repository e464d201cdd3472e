// Owns: the chat: what a client may do in /chat, and who is notified. The same class serves Express and Koa.
// Elsewhere: rooms and people (house.ts), each framework's sessions (server.ts, ../koa/server.ts).
import { fileURLToPath } from 'node:url'
import { BaseNamespace, BroadcastMixin, RoomsMixin } from '../../lib/index.js'
import { House, type Message, type Room, type RoomSummary } from './house.js'

/** What the server sends: emit(), emitToRoom() and broadcastEvent() check names and arguments against it. */
interface ChatEvents {
  greeting: (name: string | undefined) => void
  back: (name: string | undefined) => void
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

/** What the framework's session stores of a visitor. It outlives the connection and the page. */
export interface Visitor {
  readonly id: string
  readonly name: string | undefined
  /** Stores the name in the session; undefined removes it. */
  remember(name: string | undefined): void
}

/** A handler's return value is the ack: here the result, or an error as a sentence for the user. */
type Answer<Asked extends object = object> = Asked | { error: string }

/** The client of Socket.IO 4, for `?client=4`. The middleware serves the client of 0.9. */
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

  /** Before the login, clients can call nothing else. */
  getInitialAcl() {
    return ['recv_connect', 'on_login']
  }

  /** The server's clock is a job. It ends with the namespace, as sleep() rejects then. */
  initialize() {
    this.spawn(async () => {
      for (;;) {
        this.emit('clock', Date.now())
        await this.sleep(clockInterval)
      }
    })
  }

  /** The page logs in by itself when it receives the name that is in the session. */
  recv_connect() {
    this.emit('greeting', this.visitor.name)
  }

  /**
   * The client has lost its connection and is back. Nothing has ended: it is logged in and in its rooms. This event comes
   * behind all that it has missed.
   */
  recv_resume() {
    this.emit('back', this.session.name)
  }

  on_login(wanted: unknown): Answer<{ name: string }> {
    const name = readName(wanted)
    // The answer may have been lost with the connection.
    if (name !== undefined && name === this.session.name) return { name }
    if (this.session.name !== undefined) return { error: `You are ${this.session.name} already.` }
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

  /** The page sends a message again when the answer was lost: by its id it is recognised. */
  on_say(roomName: unknown, text: unknown, wantedId?: unknown): Answer<{ message: Message }> {
    const { name } = this.session
    const room = this.#find(roomName)
    if (room === undefined || name === undefined) return { error: 'You are not in that room.' }
    if (typeof text !== 'string' || text.trim() === '') return { error: 'There is nothing to say.' }
    if (text.length > longestText) return { error: `That is too long: at most ${longestText} characters.` }
    const id = readId(wantedId)
    const sent = room.messages.find((one) => one.id === id && one.name === name)
    if (sent !== undefined) return { message: sent }
    const message = room.add(name, text.trim(), this.socket.protocol, id)
    this.emitToRoom(channel(room), 'said', room.name, message)
    return { message }
  }

  on_typing(roomName: unknown) {
    const room = this.#find(roomName)
    if (room !== undefined) this.emitToRoom(channel(room), 'typing', room.name, this.session.name ?? '')
  }

  /** Called however the namespace ends. The rooms are still joined, so the others can be notified. */
  async recv_disconnect() {
    await Promise.all([...this.#rooms].map((room) => this.#exit(room)))
    this.#giveNameBack()
  }

  #find(roomName: unknown): Room | undefined {
    return [...this.#rooms].find(({ name }) => name === roomName)
  }

  // The room's state changes before anything is awaited, so that a client that disconnects meanwhile is removed from it.
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

/** Each socket's id is a room as well. The prefix keeps users from creating a room with such a name. */
function channel(room: Room): string {
  return `room:${room.name}`
}

function readId(wanted: unknown): string | undefined {
  return typeof wanted === 'string' && /^[\w-]{8,40}$/.test(wanted) ? wanted : undefined
}

/** A name on one line without invisible characters; undefined when it is empty or too long. */
function readName(wanted: unknown): string | undefined {
  if (typeof wanted !== 'string' || wanted.length > 200) return undefined
  const name = wanted.normalize('NFKC').replace(/\p{C}/gu, '').replace(/\s+/g, ' ').trim()
  return name !== '' && name.length <= longestName ? name : undefined
}
