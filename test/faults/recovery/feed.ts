// Owns: a server with recovery on that sends numbers, each by another means, and a book of the lives of its namespaces.
// Elsewhere: who listens (listeners.ts), what breaks the line between them (line.ts, ../cutting-proxy.ts).
import type { TestContext } from 'node:test'
import { BaseNamespace, RoomsMixin, type Options } from '../../../lib/index.js'
import { Journal } from '../../support/journal.js'
import type { Face, TestServer } from '../../support/server.js'
import { startQuietServer } from '../quiet.js'

export interface Feed {
  readonly server: TestServer
  /** How many numbers have been sent in each namespace. */
  readonly sent: { feed: number; other: number }
  /** One line for each namespace that has opened. */
  readonly opened: Journal<string>
  readonly ended: Journal<string>
  readonly suspended: Journal<string>
  readonly resumed: Journal<string>
  /** The numbers that were sent while the client was away. */
  readonly whileAway: number[]
  /** How often the client has answered an event that asked for it. */
  answers: number
  /** Sends the next number in /feed: by an emit, to a room, to all, with an attachment, or as one that asks for an ack. */
  send(text?: string): number
  /** The same in /other. */
  sendOther(): void
}

export interface FeedOptions extends Options {
  /** Whether some of the numbers ask for an ack. */
  readonly asks?: boolean
  /** Whether some of them have an attachment: the decoder of 2 fails for good after one that was cut off, without the script. */
  readonly attaches?: boolean
}

export async function startFeed(
  t: TestContext,
  { asks = false, attaches = true, ...options }: FeedOptions = {},
  face: Face = 'express',
): Promise<Feed> {
  // The last that was opened, by its name.
  const present = new Map<string, Book>()
  class Book extends RoomsMixin(BaseNamespace) {
    async recv_connect() {
      present.set(this.nsName, this)
      feed.opened.note(this.nsName)
      await this.join('everyone')
    }

    recv_suspend() {
      feed.suspended.note(this.nsName)
    }

    recv_resume() {
      feed.resumed.note(this.nsName)
    }

    override recv_disconnect(reason: string) {
      feed.ended.note(`${this.nsName} ${reason}`)
      this.disconnect(true)
    }

    on_echo(value: unknown) {
      return value
    }
  }
  const server = await startQuietServer(
    t,
    { '/feed': Book, '/other': Book },
    { recovery: { maxBytes: 5_000_000 }, ...options },
    face,
  )
  const all = server.io.of('/feed')
  const feed: Feed = {
    server,
    sent: { feed: 0, other: 0 },
    opened: new Journal(),
    ended: new Journal(),
    suspended: new Journal(),
    resumed: new Journal(),
    whileAway: [],
    answers: 0,
    send(text = '') {
      const number = feed.sent.feed++
      const own = present.get('/feed')
      if (own?.socket.isSuspended === true) feed.whileAway.push(number)
      if (attaches && number % 10 === 3) own?.emit('number', number, Buffer.from(text))
      else if (asks && number % 10 === 6) {
        own?.emit('number', number, text, () => {
          feed.answers++
        })
      } else if (number % 3 === 0) all.emit('number', number, text)
      else if (number % 3 === 1) all.to('everyone').emit('number', number, text)
      else own?.emit('number', number, text)
      return number
    },
    sendOther() {
      present.get('/other')?.emit('number', feed.sent.other++)
    },
  }
  return feed
}
