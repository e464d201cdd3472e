// Owns: nothing that was accepted is lost, comes twice or out of order, though the polls and POSTs that carry it are cut at
// any byte.
//
// What accepted means. To the server: a packet that a handler emitted while the sid lived; it counts as received when the
// client has its whole response, as told by Content-Length. To the client: a packet in a POST whose answer, `1`, has come
// whole. A POST that was cut before may have arrived or not; it is not sent again, so at most once.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises'
import { BaseNamespace } from '../../lib/index.js'
import { faces, type Face } from '../support/server.js'
import { V09Peer } from '../support/v09-peer.js'
import { framed, polls, split, undressed } from '../support/v09-peers.js'
import { event, Gate } from '../support/wire-client.js'
import { CuttingProxy } from './cutting-proxy.js'
import { startQuietServer } from './quiet.js'
import { Random } from './random.js'

const seeds = [1, 2, 3, 4]
// So many at least, and until connections have broken everywhere.
const up = 300
const down = 600
// More than connections hold, now and then: its response is cut before the server could write it.
const large = 'x'.repeat(5_000_000)
const isLarge = (number: number): boolean => number === down / 3 || number === (down * 2) / 3

// More than ever waits, by how far the server may be ahead of the client.
const mostAhead = 2_000
const bounds = { maxBufferedBytes: 3 * large.length }

interface Client {
  /** Resolves when it has heard that it is connected: from its first poll on it is sent what all are. */
  readonly opened: Promise<void>
  /** What the server sent, in order. */
  readonly received: number[]
  /** What it has sent and was answered. */
  readonly accepted: Set<number>
  /** Rejects when the sid is not known any more. */
  readonly polling: Promise<void>
  /** Sends numbers from 0 on, until it is enough. */
  post(isEnough: (sent: number) => boolean): Promise<void>
}

/** A client as it must be: it polls again whatever became of the last poll, and takes a response only when it is whole. */
function startClient(peer: V09Peer, transport: (typeof polls)[number], sid: string, random: Random): Client {
  const received: number[] = []
  const accepted = new Set<number>()
  const opened = new Gate()
  const get = async (): Promise<string[]> => {
    try {
      const { status, body } = await peer.get(transport, sid)
      assert.equal(status, 200)
      return split(undressed(transport, body))
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error
      return []
    }
  }
  const poll = async (): Promise<void> => {
    for (let hasEnded = false; !hasEnded;) {
      for (const packet of await get()) {
        if (packet === '1::') opened.open()
        if (packet === '1::' || packet === '8::') continue
        const [, number] = /^5:::\{"name":"down","args":\[(\d+|"end")/.exec(packet) ?? []
        assert.ok(number !== undefined, `expected a number, got ${packet.slice(0, 60)}`)
        if (number === '"end"') hasEnded = true
        else received.push(Number(number))
      }
    }
  }
  const post: Client['post'] = async (isEnough) => {
    for (let number = 0; !isEnough(number);) {
      const numbers = Array.from({ length: 1 + random.below(4) }, () => number++)
      const packets = numbers.map((each) => event('', 'up', each))
      try {
        const payload = packets.length === 1 ? (packets[0] as string) : framed(...packets)
        const { body } = await peer.post(transport, sid, payload)
        assert.equal(body, '1')
        for (const each of numbers) accepted.add(each)
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error
      }
    }
  }
  return { opened: opened.opened, received, accepted, polling: poll(), post }
}

async function proveIt(t: TestContext, transport: (typeof polls)[number], face: Face, seed: number) {
  const random = new Random(seed)
  const heard: number[] = []
  class Counting extends BaseNamespace {
    on_up(number: number) {
      heard.push(number)
    }
  }
  const server = await startQuietServer(t, { '': Counting }, bounds, face)
  const proxy = new CuttingProxy(random, server.port)
  const sid = await new V09Peer(t, server).handshake()
  const client = startClient(new V09Peer(t, { ...server, port: await proxy.listen(t) }), transport, sid, random)

  await Promise.race([client.opened, client.polling])
  const { sockets } = server.io
  let sent = 0
  const emitting = (async () => {
    while (sent < down || !proxy.hasCutAll) {
      if (sent - client.received.length > mostAhead) {
        await pause(5)
        continue
      }
      for (let more = 1 + random.below(6); more > 0; more--) {
        sockets.emit('down', sent, isLarge(sent) ? large : 'x'.repeat(random.below(300)))
        sent++
      }
      await (random.isOneIn(3) ? pause(random.below(10)) : turn())
    }
  })()
  await Promise.race([
    Promise.all([emitting, client.post((number) => number >= up && proxy.hasCutAll)]),
    client.polling,
  ])
  proxy.stopCutting()
  sockets.emit('down', 'end')
  await client.polling
  // The last POST may have been cut, and be under way in the server: another one's answer tells that nothing is.
  assert.equal((await new V09Peer(t, server).post(transport, sid, '2::')).body, '1')
  return { ...client, sent, heard, cuts: proxy.cuts }
}

for (const transport of polls) {
  for (const seed of seeds) {
    const face = faces[seed % faces.length] as Face
    test(`${transport} cut at random, seed ${seed} on ${face}: nothing is lost, doubled or reordered`, async (t) => {
      const { received, accepted, sent, heard, cuts } = await proveIt(t, transport, face, seed)
      assert.deepEqual(
        received,
        Array.from({ length: sent }, (_, number) => number),
      )
      // In order, and none twice.
      assert.deepEqual(
        heard,
        [...new Set(heard)].toSorted((one, other) => one - other),
      )
      assert.deepEqual(
        [...accepted].filter((number) => !heard.includes(number)),
        [],
      )
      t.diagnostic(JSON.stringify({ ...cuts, accepted: accepted.size, unanswered: heard.length - accepted.size }))
    })
  }
}
