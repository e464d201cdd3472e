// Owns: real clients whose session is destroyed: each comes back by itself, with another session; or stays away where it is told to.
// Elsewhere: what goes over the wire (test/conformance/sessions).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type express from 'express'
import { BaseNamespace, SessionMixin } from '../../lib/index.js'
import { Journal } from '../support/journal.js'
import { generations, nodeClient, type Generation } from '../support/node-client.js'
import { startShop, WatchedStore } from '../support/session-shop.js'
import { modernWays } from './suite/node-rows.js'

function waysOf(generation: Generation): readonly string[] {
  return generation === '0.9' ? ['websocket', 'xhr-polling'] : modernWays
}

/** Tells with which session each client comes in. */
class Entered extends SessionMixin(BaseNamespace<{ request: express.Request }>) {
  static freshFor = 0
  static sessions = new Journal<string>()

  override recv_connect() {
    Entered.sessions.note(this.request.sessionID)
  }

  on_whoami() {
    return this.request.sessionID
  }
}

for (const generation of generations) {
  for (const way of waysOf(generation)) {
    test(`client ${generation} by ${way} comes back by itself, with another session, when its own is destroyed`, async (t) => {
      const left = new Journal<string>()
      class Shop extends Entered {
        override recv_disconnect(reason: string) {
          left.note(reason)
        }
      }
      const entered = (Entered.sessions = new Journal<string>())
      const store = new WatchedStore()
      const shop = await startShop(t, { '/shop': Shop }, store, {}, { saveUninitialized: true })
      const client = nodeClient(t, shop.url, way, generation)
      const [first] = await client.run(({ connect, ask }) => ask(connect('/shop'), 'whoami'))
      assert.deepEqual(entered.entries, [first])
      store.destroy(first as string)
      await client.run(({ socket }) => {
        socket.emit('whoami')
      })
      const [, second] = await entered.until(2)
      assert.deepEqual(await left.until(1), ['session ended'])
      assert.notEqual(second, first)
      assert.deepEqual(await client.run(({ socket, ask }) => ask(socket, 'whoami')), [second])
    })

    test(`client ${generation} by ${way} stays away when sessionEnded() disconnects it, and hears what that sends before`, async (t) => {
      class Shop extends Entered {
        override sessionEnded() {
          this.emit('logged out')
          this.socket.disconnect()
        }
      }
      const entered = (Entered.sessions = new Journal<string>())
      const store = new WatchedStore()
      const shop = await startShop(t, { '/shop': Shop }, store, {}, { saveUninitialized: true })
      const client = nodeClient(t, shop.url, way, generation)
      const [first] = await client.run(({ connect, ask, listen }) => {
        const socket = connect('/shop')
        listen(socket, 'logged out', 'disconnect')
        return ask(socket, 'whoami')
      })
      store.destroy(first as string)
      await client.run(async ({ socket, hear }) => {
        socket.emit('whoami')
        await hear('disconnect')
        await new Promise((resolve) => setTimeout(resolve, 300))
      })
      const heard = await client.run(({ heard: all }) => all.map(([event]) => event))
      assert.deepEqual(heard, ['logged out', 'disconnect'])
      assert.equal(entered.entries.length, 1)
    })
  }
}
