// Owns: a server on which things go wrong: its namespaces keep a book of who was let in and who has left, a ledger the rest.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { BaseNamespace, RoomsMixin, type ConnectPacket, type DisconnectReason, type Options } from '../../lib/index.js'
import { ask } from '../support/engine-peer.js'
import { FakeClock } from '../support/clock.js'
import type { Face, TestServer } from '../support/server.js'
import { Journal } from '../support/journal.js'
import type { Gate } from '../support/wire-client.js'
import { Ledger, watchedAdapter } from './ledger.js'
import { startQuietServer } from './quiet.js'

export interface Scene {
  readonly server: TestServer
  readonly clock: FakeClock
  readonly ledger: Ledger
  /** One line for each namespace that has ended. */
  readonly ended: Journal<string>
  /** One line for each that has opened. */
  readonly opened: Journal<string>
  /** Waits until the server has no connections. */
  alone(): Promise<void>
  /** Waits until all is as it was, each namespace that was let in has heard of its end once, and nobody has a place left. */
  assertOver(count: number): Promise<void>
}

const places = 3

/** @param gate what `on_wait` waits for. */
export async function openScene(
  t: TestContext,
  gate: Gate,
  options: Options = {},
  face: Face = 'express',
): Promise<Scene> {
  const opened = new Journal<string>()
  const ended = new Journal<string>()
  class Root extends RoomsMixin(BaseNamespace) {
    async initialize() {
      opened.note(`${this.nsName} ${this.socket.id}`)
      await this.join('everyone')
      // Ends with its namespace, and with it its deadline.
      this.spawn((signal) => this.sleep(86_400_000).finally(() => signal.aborted))
    }

    override recv_disconnect(reason: DisconnectReason) {
      ended.note(`${this.nsName} ${this.socket.id} ${reason}`)
      return super.recv_disconnect(reason)
    }

    on_echo(...args: unknown[]) {
      return args
    }

    on_wait() {
      return gate.opened
    }

    on_flood(size: number) {
      this.emit('flood', 'x'.repeat(size))
    }
  }
  class Chat extends Root {
    override recv_connect(_packet: ConnectPacket) {}
  }
  const { adapters, adapter } = watchedAdapter()
  const clock = new FakeClock()
  const server = await startQuietServer(
    t,
    { '': Root, '/chat': Chat },
    { clock, adapter, maxSockets: places, maxHandshakes: places, ...options },
    face,
  )
  const ledger = new Ledger(server, clock, adapters)
  // With its first request a middleware gets to know its server, whose upgrades it listens for from then on.
  await ask(`${server.url}/socket.io/1/xhr-polling/nobody`)
  await ledger.open()
  return {
    server,
    clock,
    ledger,
    opened,
    ended,
    async alone() {
      while ((await promisify(server.server.getConnections.bind(server.server))()) > 0) await pause(2)
    },
    async assertOver(count) {
      await ledger.balance()
      const letIn = opened.entries.toSorted()
      assert.equal(letIn.length, count)
      assert.deepEqual(ended.entries.map((line) => line.replace(/^(\S* \S+) .*/, '$1')).toSorted(), letIn)
      const statuses: number[] = []
      for (let place = 0; place < places; place++) {
        statuses.push((await ask(`${server.url}/socket.io/1/`)).status)
      }
      assert.deepEqual(
        statuses,
        Array.from({ length: places }, () => 200),
      )
    },
  }
}

/** A request of which the server knows. */
export async function arrive({ server }: Scene, send: () => void): Promise<void> {
  const arrived = once(server.server, 'request')
  send()
  await arrived
}
