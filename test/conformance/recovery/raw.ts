// Owns: a raw client of 0.9 on a websocket that is lost and comes back.
import type { TestContext } from 'node:test'
import { V09Peer, mount, type Line } from '../../support/v09-peer.js'
import type { TestServer } from '../../support/server.js'

export interface RawClient {
  readonly peer: V09Peer
  /** Opens a websocket by a handshake with that query: its line, and the session id. */
  readonly open: (query?: string) => Promise<{ readonly line: Line; readonly sid: string }>
}

export function rawClient(t: TestContext, server: TestServer): RawClient {
  const peer = new V09Peer(t, server)
  return {
    peer,
    open: async (query = '') => {
      const { body } = await peer.request(`${mount}/?${query}&t=1`)
      const [sid = ''] = body.split(':')
      return { sid, line: await peer.websocket(sid) }
    },
  }
}

/** Reads frames up to one, that one included. */
export async function readUntil(line: Line, last: string): Promise<string[]> {
  const frames: string[] = []
  while (frames.at(-1) !== last) frames.push(await line.frames.next())
  return frames
}

/** Calls back when it is so. */
export async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 400 && !isSo(); tries++) await new Promise((resolve) => setTimeout(resolve, 5))
  if (!isSo()) throw new Error('it is not so after 2 s')
}
