// Owns: ends that fall together with too much that waits, a refusal that cannot be sent, or an adapter that fails: the one
// client ends, and nobody else.
// Elsewhere: the applications (ending.plots.ts); clients that only read slowly (test/conformance/slow-readers.test.ts).
import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { ask } from '../support/engine-peer.js'
import { generations, openBare, openIn, type NamespacePeer } from '../support/generations.js'
import { clientFrame } from '../support/client-frame.js'
import { survive, type Survivor } from '../support/survivor.js'
import { mount, V09Peer } from '../support/v09-peer.js'
import { RawConnection } from './raw-connection.js'

const plots = new URL('ending.plots.ts', import.meta.url)
const big = 'x'.repeat(900_000)

/** A 0.9 websocket that has been connected, and reads nothing more. */
async function unreadWebsocket(t: TestContext, survivor: Survivor): Promise<RawConnection> {
  const sid = await new V09Peer(t, survivor.asServer).handshake()
  const connection = await RawConnection.open(t, survivor.port)
  connection.askUpgrade(`${mount}/websocket/${sid}`)
  await connection.until('1::')
  connection.fallSilent()
  return connection
}

/** A page that has been opened, and is not read any more. */
async function unreadPage(t: TestContext, survivor: Survivor): Promise<{ sid: string; connection: RawConnection }> {
  const sid = await new V09Peer(t, survivor.asServer).handshake()
  const connection = await RawConnection.open(t, survivor.port)
  connection.ask({ path: `${mount}/htmlfile/${sid}` })
  await connection.until('1::')
  connection.fallSilent()
  return { sid, connection }
}

/** A websocket of version 2, in the same way. */
async function unreadEngine(t: TestContext, survivor: Survivor, revision: 3 | 4): Promise<RawConnection> {
  const connection = await RawConnection.open(t, survivor.port)
  connection.askUpgrade(`/socket.io/?EIO=${revision}&transport=websocket`)
  await connection.until('pingTimeout')
  if (revision === 4) connection.sendFrame('40')
  await connection.until('40')
  connection.fallSilent()
  return connection
}

function post(survivor: Survivor, sid: string, body: string): Promise<unknown> {
  return ask(`${survivor.url}${mount}/htmlfile/${sid}`, { body }).catch(() => {})
}

async function counted(survivor: Survivor, wanted: number): Promise<void> {
  for (let tries = 0; ; tries++) {
    survivor.tell('count')
    const count = await survivor.noted('members ')
    if (count === `members ${wanted}`) return
    assert.ok(tries < 100, `expected ${wanted} members, got ${count}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/**
 * How many echoes of `big` a client asks for. What the kernels keep of them differs: for one of these numbers, as much waits
 * as may, and not more, so that the next packet is the one that is too much.
 */
const numbers = Array.from({ length: 9 }, (_, at) => at + 12)

const openers = {
  'a 0.9 websocket': {
    open: (t: TestContext, survivor: Survivor) => unreadWebsocket(t, survivor),
    flood: (count: number) => `5:::{"name":"flood","args":[${count}]}`,
    leave: '0::',
  },
  'a websocket of engine.io 3': {
    open: (t: TestContext, survivor: Survivor) => unreadEngine(t, survivor, 3),
    flood: (count: number) => `42["flood",${count}]`,
    leave: '41',
  },
  'a websocket of engine.io 4': {
    open: (t: TestContext, survivor: Survivor) => unreadEngine(t, survivor, 4),
    flood: (count: number) => `42["flood",${count}]`,
    leave: '41',
  },
} as const

/** Why each of so many clients has ended. */
async function reasons(survivor: Survivor, count: number): Promise<string[]> {
  const ends: string[] = []
  while (ends.length < count) ends.push((await survivor.noted('ends ')).replace(/^.*: /, ''))
  return ends
}

describe('a client that reads nothing and leaves', { concurrency: 2 }, () => {
  test('a 0.9 websocket that asks for long names, reads nothing and leaves ends itself and nobody else', async (t) => {
    const survivor = await survive(t, plots, 'empty')
    const longName = clientFrame(`1::/${big}`)
    for (const number of numbers) {
      const connection = await unreadWebsocket(t, survivor)
      for (let sent = 0; sent < number; sent++) connection.writeBytes(longName)
      connection.sendFrame('0::')
    }
    await survivor.assertServes(t)
    await counted(survivor, 0)
    await survivor.assertServes(t)
  })

  for (const [name, { open, flood, leave }] of Object.entries(openers)) {
    test(`${name} that is sent much ends once, and its goodbye ends nobody else`, async (t) => {
      const survivor = await survive(t, plots, 'floods')
      for (const number of numbers) {
        const connection = await open(t, survivor)
        connection.sendFrame(flood(number))
        connection.sendFrame(leave)
      }
      const ends = await reasons(survivor, numbers.length)
      assert.deepEqual([...new Set(ends)].toSorted(), ['client namespace disconnect', 'limit exceeded'])
      await survivor.assertServes(t)
      assert.deepEqual(
        survivor.notes.takeAll().filter((note) => note.startsWith('ends ')),
        [],
      )
    })
  }

  const asks: Readonly<Record<string, (count: number) => string[]>> = {
    much: (count) => [`5:::{"name":"flood","args":[${count}]}`],
    'long names': (count) => ['5:::{"name":"none"}', ...Array.from({ length: count }, () => `1::/${big}`)],
  }
  for (const [name, packets] of Object.entries(asks)) {
    test(`the goodbye of a page that asks for ${name}, which nobody reads, frees its place`, async (t) => {
      const survivor = await survive(t, plots, 'fewPlaces')
      for (const number of numbers) {
        const { sid } = await unreadPage(t, survivor)
        for (const packet of packets(number)) await post(survivor, sid, packet)
        await post(survivor, sid, '0::')
      }
      await reasons(survivor, numbers.length)
      // Every place is free again, once the end of the last one is over.
      for (let place = 0; place < numbers.length; place++) {
        for (let tries = 0; (await survivor.handshake()) !== 200; tries++) {
          assert.ok(tries < 50, `place ${place} is not free`)
          await new Promise((resolve) => setTimeout(resolve, 20))
        }
      }
    })
  }
})

describe('a kick that meets clients that read nothing', { concurrency: 2 }, () => {
  for (const [name, { open, flood }] of Object.entries(openers)) {
    /** The first members read nothing, and about as much waits for one of them as may; two others follow. */
    const hall = async (t: TestContext, survivor: Survivor): Promise<NamespacePeer[]> => {
      for (const number of numbers) {
        const connection = await open(t, survivor)
        connection.sendFrame(flood(number))
        await survivor.noted('flooded')
      }
      const others = [await openIn(t, survivor, '0.9'), await openIn(t, survivor, '4')]
      for (const other of others) other.emit('', 'echo', 'x')
      for (const other of others) assert.equal(await other.next(), 'event  echo ["x"]')
      return others
    }

    for (const command of name.includes('0.9') ? ['kickAll', 'kickRoom'] : ['kickAll']) {
      test(`${command} behind ${name} ends everybody`, async (t) => {
        const survivor = await survive(t, plots, 'room')
        const others = await hall(t, survivor)
        survivor.tell(command)
        await survivor.noted('kicked all')
        for (const other of others) await other.ended()
        await survivor.assertServes(t)
      })
    }

    test(`disconnect() of ${name} throws at nobody and ends it`, async (t) => {
      const survivor = await survive(t, plots, 'room')
      const [other] = await hall(t, survivor)
      for (const which of numbers.keys()) {
        other?.emit('', which % 2 === 0 ? 'kick' : 'leave', which)
        assert.equal(await survivor.noted(which % 2 === 0 ? 'kick' : 'leave'), which % 2 === 0 ? 'kicked' : 'leaves')
      }
      assert.deepEqual(await other?.settled(), [])
      await survivor.assertServes(t)
    })

    for (const command of name.includes('0.9') ? ['close', 'drain'] : ['drain']) {
      test(`${command} with ${name} ends everybody`, async (t) => {
        const survivor = await survive(t, plots, 'room')
        const others = await hall(t, survivor)
        survivor.tell(command)
        for (const other of others) await other.ended()
        await survivor.noted('closed')
        assert.equal(await survivor.handshake(), 503)
      })
    }
  }
})

describe('a refusal that cannot be sent', { concurrency: 2 }, () => {
  for (const generation of generations) {
    for (const kind of ['circular', 'bigint', 'thrower']) {
      test(`a client of ${generation} is refused without the data, which is ${kind}, and the developer is told`, async (t) => {
        const survivor = await survive(t, plots, 'refusing')
        for (const [at, where] of ['recv', 'init', 'use'].entries()) {
          const peer = await openBare(t, survivor, generation)
          peer.connect(`/${where}-${kind}`)
          await peer.until(`refused /${where}-${kind}`)
          const refusals = {
            '0.9': `7::/${where}-${kind}:2`,
            // As socket.io 2 does for an error without data.
            '2': `44/${where}-${kind},"no"`,
            '4': `44/${where}-${kind},{"message":"no"}`,
          }
          assert.equal(peer.frames.at(-1), refusals[generation])
          // On 0.9 no data is sent, so there is nothing to tell of.
          if (generation !== '0.9') {
            const told = survivor.written.includes('socketio-middleware')
              ? survivor.written
              : await survivor.noted('error')
            assert.ok(told.length > 0, `${at} ${where}`)
          }
        }
        await survivor.assertServes(t)
      })
    }
  }
})

describe('an adapter that cannot be made', { concurrency: 2 }, () => {
  for (const generation of generations) {
    test(`a factory that fails for a dynamic endpoint refuses the client of ${generation}, is reported, and asked again`, async (t) => {
      const survivor = await survive(t, plots, 'adapters')
      for (const kind of ['throws', 'rejects', 'nothing', 'garbage']) {
        const endpoint = `/project-${kind}`
        const peer = await openIn(t, survivor, generation).catch(() => undefined)
        assert.ok(peer, survivor.written)
        peer.connect(endpoint)
        assert.equal(await peer.next(), `refused ${endpoint}`, kind)
        assert.equal(
          await survivor.noted('error'),
          `error adapter_failed on "${endpoint}": The adapter of "${endpoint}" failed`,
        )
        await survivor.assertServes(t)
      }
      survivor.tell('heal')
      await survivor.noted('healed')
      const peer = await openIn(t, survivor, generation)
      for (const kind of ['throws', 'rejects', 'nothing', 'garbage']) await peer.enter(`/project-${kind}`)
    })
  }
})
