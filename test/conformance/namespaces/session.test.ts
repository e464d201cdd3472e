// Owns: the session of a socket, and the copies that its namespaces get.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace } from '../../../lib/index.js'
import { startServer } from '../../support/server.js'
import { asking, joinClient, openClient } from '../../support/wire-client.js'

class Keeping extends BaseNamespace {
  on_set(name: string, value: unknown) {
    this.session[name] = value
  }

  on_share(name: string, value: unknown) {
    this.socket.session[name] = value
  }

  on_get() {
    return [this.session, this.socket.session]
  }
}

test('without the option session the session of a socket begins as an empty object', async (t) => {
  const client = await openClient(t, await startServer(t, { '': Keeping }))
  assert.equal(await client.ask(asking(1, '', 'get')), '6:::1+[{},{}]')
})

test('what a namespace keeps in its session stays with that namespace', async (t) => {
  const client = await joinClient(t, await startServer(t, { '/a': Keeping, '/b': Keeping }), '/a')
  await client.ask(asking(1, '/a', 'set', 'name', 'ann'))
  assert.equal(await client.ask(asking(2, '/a', 'get')), '6::/a:2+[{"name":"ann"},{}]')
  assert.equal(await client.ask('1::/b'), '1::/b')
  assert.equal(await client.ask(asking(3, '/b', 'get')), '6::/b:3+[{},{}]')
})

test('the session of the socket is copied to each namespace when that is created', async (t) => {
  const client = await joinClient(t, await startServer(t, { '/a': Keeping, '/b': Keeping }), '/a')
  await client.ask(asking(1, '/a', 'share', 'name', 'ann'))
  assert.equal(await client.ask(asking(2, '/a', 'get')), '6::/a:2+[{},{"name":"ann"}]')
  assert.equal(await client.ask('1::/b'), '1::/b')
  assert.equal(await client.ask(asking(3, '/b', 'get')), '6::/b:3+[{"name":"ann"},{"name":"ann"}]')
})

test('the option session makes the session of each socket from its handshake', async (t) => {
  const server = await startServer(t, { '/a': Keeping }, { session: ({ url }) => ({ came: url, visits: [1] }) })
  const client = await joinClient(t, server, '/a', { query: '?as=ann' })
  const kept = '{"came":"/socket.io/1/?as=ann","visits":[1]}'
  assert.equal(await client.ask(asking(1, '/a', 'get')), `6::/a:1+[${kept},${kept}]`)
})

test('a copy of the session is shallow', async (t) => {
  class Adding extends Keeping {
    on_add() {
      ;(this.session.visits as number[]).push(2)
    }
  }
  const server = await startServer(t, { '/a': Adding }, { session: () => ({ visits: [1] }) })
  const client = await joinClient(t, server, '/a')
  await client.ask(asking(1, '/a', 'add'))
  assert.equal(await client.ask(asking(2, '/a', 'get')), '6::/a:2+[{"visits":[1,2]},{"visits":[1,2]}]')
})

test('two sockets have two sessions', async (t) => {
  const server = await startServer(t, { '/a': Keeping })
  const [one, other] = [await joinClient(t, server, '/a'), await joinClient(t, server, '/a')]
  await one.ask(asking(1, '/a', 'share', 'name', 'ann'))
  assert.equal(await other.ask(asking(1, '/a', 'get')), '6::/a:1+[{},{}]')
})
