// Owns: when the client of a server is at rest: a poll of it is held, or it is on its stream, and no POST of it is on its way. A
// connection that breaks then is noticed on both sides; between two polls, or within an upgrade, it may be noticed by none.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises'
import { within } from './journal.js'
import type { TestServer } from './server.js'

/** `upgraded`: whether it is to be on a websocket that it has come to from polling. */
export type AtRest = (isUpgrading?: boolean) => Promise<void>

const isHeld = ({ method, url = '' }: IncomingMessage): boolean =>
  method === 'GET' &&
  (/\/(?:xhr-polling|jsonp-polling|htmlfile)\//.test(url) || /transport=polling.*[&?]sid=/.test(url))

/** Watches a server with one client, from before that comes. What it waits for is taken for broken after that. */
export function watchRest({ server, io }: Pick<TestServer, 'server' | 'io'>): AtRest {
  const polls = new Set<object>()
  const posts = new Set<object>()
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    const requests = request.method === 'POST' ? posts : polls
    if (requests === polls && !isHeld(request)) return
    requests.add(response)
    response.on('close', () => requests.delete(response))
  })
  const isAtRest = (isUpgrading: boolean): boolean => {
    const isOnWebsocket = io.stats().byTransport.websocket > 0
    return posts.size === 0 && (isOnWebsocket || (polls.size > 0 && !isUpgrading))
  }
  const rest = async (isUpgrading: boolean): Promise<void> => {
    for (;;) {
      // A poll that finds something to tell is answered within a turn.
      const wasAtRest = isAtRest(isUpgrading)
      await turn()
      if (wasAtRest && isAtRest(isUpgrading)) break
      await pause(1)
    }
    polls.clear()
    posts.clear()
  }
  return (isUpgrading = false) => within('a client at rest', rest(isUpgrading))
}
