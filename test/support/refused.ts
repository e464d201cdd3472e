// Owns: a client of any generation that is to be refused by a namespace, and what it hears.
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { openBare, type Generation } from './generations.js'
import type { TestServer } from './server.js'

/** Asks for a namespace that lets nobody in. On `''` of 0.9 and 2 the handshake is the gate: the first event ends the socket. */
export async function assertRefused(
  t: TestContext,
  server: TestServer,
  generation: Generation,
  endpoint: string,
): Promise<void> {
  const peer = await openBare(t, server, generation)
  if (generation !== '4') assert.equal(await peer.next(), 'connected ')
  if (endpoint === '' && generation !== '4') {
    peer.emit('', 'anything')
    await peer.ended()
    return
  }
  peer.connect(endpoint)
  assert.equal(await peer.next(), `refused ${endpoint}`)
  // The client learns nothing of the reason.
  if (generation === '4') assert.match(peer.frames.at(-1) ?? '', /\{"message":"connection refused"\}$/)
  assert.deepEqual(await server.io.of(endpoint).fetchSockets(), [])
}
