// Owns: bare clients of engine.io that have got as far as to have both namespaces of a scene open.
// Elsewhere: the scene (scene.ts), 0.9 clients (v09-client.ts).
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { openPolling, payload, type EngineRevision, type PollingPeer } from '../support/engine-peer.js'
import { RawConnection } from './raw-connection.js'
import type { Scene } from './scene.js'

/** Opens a root and a /chat; on a client of version 2 a root opens with its first packet, and answers one that asks. */
function greetings(revision: EngineRevision): readonly string[] {
  return revision === 4 ? ['40', '40/chat,'] : ['420["echo"]', '40/chat']
}

function answers(revision: EngineRevision): readonly string[] {
  return revision === 4 ? ['40{', '40/chat,{'] : ['430[', '40/chat']
}

/** What it asks for, by this transport or another. */
export function pathOf({ url }: PollingPeer, transport = 'polling'): string {
  const { pathname, search } = new URL(url)
  return `${pathname}${search.replace('transport=polling', `transport=${transport}`)}`
}

export async function talk({ server, opened }: Scene, revision: EngineRevision): Promise<PollingPeer> {
  const peer = await openPolling(server.url, revision)
  assert.equal((await peer.post(payload(revision, ...greetings(revision)))).body, 'ok')
  await opened.until(2)
  // What it is told of that is not always one answer.
  const expected = answers(revision)
  for (let heard = ''; !expected.every((answer) => heard.includes(answer));) heard += (await peer.poll()).body
  return peer
}

export async function openWebsocket(t: TestContext, scene: Scene, revision: EngineRevision): Promise<RawConnection> {
  const connection = await RawConnection.open(t, scene.server.port)
  connection.askUpgrade(`/socket.io/?EIO=${revision}&transport=websocket`)
  await connection.until('pingTimeout')
  for (const packet of greetings(revision)) connection.sendFrame(packet)
  for (const answer of answers(revision)) await connection.until(answer)
  await scene.opened.until(2)
  return connection
}
