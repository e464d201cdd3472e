// Owns: bare 0.9 clients of a scene that have got as far as to have both of its namespaces open.
// Elsewhere: the scene (scene.ts), clients of engine.io (engine-client.ts).
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { ask } from '../support/engine-peer.js'
import { framed, type Transport } from '../support/v09-peers.js'
import { asking } from '../support/wire-client.js'
import { RawConnection } from './raw-connection.js'
import type { Scene } from './scene.js'

export const mount = '/socket.io/1'
/** Opens a root and a /chat, each of which answers once it has let the client in. */
const greetings = ['1::/chat', asking(1, '', 'echo')]
const answers = ['1::/chat', '6:::1']

export async function handshake({ server }: Scene): Promise<string> {
  return (await ask(`${server.url}${mount}/`)).body.split(':')[0] as string
}

/** A sid with both namespaces open, and nothing left to be told. */
export async function talk(scene: Scene, transport: Transport = 'xhr-polling'): Promise<string> {
  const sid = await handshake(scene)
  const url = `${scene.server.url}${mount}/${transport}/${sid}`
  const headers = { Referer: `${scene.server.url}/` }
  await ask(url, { headers })
  const payload = framed(...greetings)
  const body = transport === 'jsonp-polling' ? `d=${encodeURIComponent(JSON.stringify(payload))}` : payload
  assert.equal((await ask(url, { body, headers })).body, '1')
  await scene.opened.until(2)
  // What it is told of that is not always one answer.
  for (let heard = ''; !answers.every((answer) => heard.includes(answer));) heard += (await ask(url, { headers })).body
  return sid
}

export async function openWebsocket(t: TestContext, scene: Scene): Promise<RawConnection> {
  const connection = await RawConnection.open(t, scene.server.port)
  connection.askUpgrade(`${mount}/websocket/${await handshake(scene)}`)
  await connection.until('1::')
  for (const packet of greetings) connection.sendFrame(packet)
  for (const answer of answers) await connection.until(answer)
  await scene.opened.until(2)
  return connection
}

export async function openPage(t: TestContext, scene: Scene): Promise<{ sid: string; connection: RawConnection }> {
  const sid = await handshake(scene)
  const connection = await RawConnection.open(t, scene.server.port)
  connection.ask({ path: `${mount}/htmlfile/${sid}` })
  await connection.until('1::')
  await ask(`${scene.server.url}${mount}/htmlfile/${sid}`, { body: framed(...greetings) })
  // In scripts, slashes are escaped.
  for (const answer of ['chat', '6:::1']) await connection.until(answer)
  await scene.opened.until(2)
  return { sid, connection }
}
