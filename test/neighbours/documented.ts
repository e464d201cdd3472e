// Owns: what programs of the docs do that use other people's packages: logins by passport and by tokens, gateways that have moved,
// SockJS beside io.
// Elsewhere: starting them (installed.ts), frameworks (neighbours.test.ts).
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { io as open, type Socket } from 'socket.io-client-4'
import { WebSocket } from 'ws'
import { within } from '../support/journal.js'
import type { Neighbours } from './installed.js'

const patience = 20_000

/** The event of a client that comes first, with its argument. */
async function first(socket: Socket, ...events: string[]): Promise<unknown[]> {
  const all = events.map(
    (event) =>
      new Promise<unknown[]>((resolve) => {
        socket.once(event, (value?: { message?: string }) => {
          resolve([event, value?.message])
        })
      }),
  )
  return within(`an event of ${events.join(', ')}`, Promise.race(all))
}

export function testDocumented(installed: () => Neighbours): void {
  test('the program for passport knows who has logged in, and refuses all others', async (t) => {
    const url = await installed().startDocumented(t, 'auth-passport.mjs')
    const form = new URLSearchParams({ username: 'ann', password: 'secret' })
    const login = await fetch(`${url}/login`, { method: 'POST', body: form })
    assert.equal(login.status, 204)
    const cookie = login.headers.get('set-cookie')?.split(';', 1)[0] ?? ''
    const wrong = new URLSearchParams({ username: 'ann', password: 'guessed' })
    assert.equal((await fetch(`${url}/login`, { method: 'POST', body: wrong })).status, 401)
    for (const transports of [['polling'], ['websocket']]) {
      const ann = open(`${url}/account`, { forceNew: true, transports, extraHeaders: { cookie } })
      const stranger = open(`${url}/account`, { forceNew: true, transports, reconnection: false })
      t.after(() => {
        ann.close()
        stranger.close()
      })
      const refused = first(stranger, 'connect', 'connect_error')
      assert.equal(await ann.timeout(patience).emitWithAck('whoami'), 'ann')
      assert.equal((await refused)[0], 'connect_error')
    }
  })

  test('the program for tokens accepts its own, refuses others, and takes a new one', async (t) => {
    const url = await installed().startDocumented(t, 'auth-jwt.ts')
    const newToken = async (): Promise<unknown> => {
      const response = await fetch(`${url}/token`, { method: 'POST' })
      return ((await response.json()) as { token: unknown }).token
    }
    const token = await newToken()
    const ann = open(`${url}/account`, { forceNew: true, auth: { token } })
    t.after(() => ann.close())
    assert.equal(await ann.timeout(patience).emitWithAck('whoami'), 'ann')
    await ann.timeout(patience).emitWithAck('renew', await newToken())
    assert.equal(await ann.timeout(patience).emitWithAck('whoami'), 'ann')
    for (const auth of [{}, { token: 'forged' }, { token: { a: 1 } }, { token: `${String(token)}x` }]) {
      const stranger = open(`${url}/account`, { forceNew: true, auth, reconnection: false })
      t.after(() => stranger.close())
      assert.deepEqual(await first(stranger, 'connect', 'connect_error'), ['connect_error', 'invalid token'])
    }
  })

  test('the gateway that has moved works as before', async (t) => {
    const url = await installed().startDocumented(t, 'nest-moved.ts')
    const auth = { token: 'secret' }
    const [ann, bob] = [open(`${url}/chat`, { forceNew: true, auth }), open(`${url}/chat`, { forceNew: true, auth })]
    t.after(() => {
      ann.close()
      bob.close()
    })
    await first(bob, 'connect')
    const said = new Promise((resolve) => bob.once('said', resolve))
    assert.equal(await ann.timeout(patience).emitWithAck('say', 'hello'), 'delivered')
    assert.equal(await said, 'hello')
    const { id } = ann
    const left = new Promise((resolve) => bob.once('left', resolve))
    ann.close()
    assert.equal(await left, id)
    const stranger = open(`${url}/chat`, { forceNew: true, reconnection: false })
    t.after(() => stranger.close())
    assert.deepEqual(await first(stranger, 'connect', 'connect_error'), ['connect_error', 'who are you?'])
  })

  test('SockJS and io serve their own clients on one server', async (t) => {
    const url = await installed().startDocumented(t, 'sockjs-beside.mjs')
    // A websocket of SockJS without its framing, before any client of io has come and after it.
    const echo = async (): Promise<string> => {
      const websocket = new WebSocket(`${url.replace('http', 'ws')}/old/websocket`)
      t.after(() => {
        websocket.terminate()
      })
      await once(websocket, 'open')
      websocket.send('echo')
      return String((await once(websocket, 'message'))[0])
    }
    assert.equal(await echo(), 'echo')
    for (const transports of [['websocket'], ['polling']]) {
      const chat = open(`${url}/chat`, { forceNew: true, transports })
      t.after(() => chat.close())
      assert.equal(await chat.timeout(patience).emitWithAck('say', 'hello'), 'said hello')
      assert.equal(await echo(), 'echo')
      assert.match(await (await fetch(`${url}/old`)).text(), /SockJS/)
    }
  })
}
