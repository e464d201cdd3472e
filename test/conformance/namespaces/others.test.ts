// Owns: Socket.IO 4's operators from within a namespace: everybody but its own client.
// Elsewhere: the same from outside (outside.test.ts), gevent's words for it (rooms.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace, BroadcastMixin, RoomsMixin } from '../../../lib/index.js'
import { startServer } from '../../support/server.js'
import { asking, event, joinClient } from '../../support/wire-client.js'

class Hall extends RoomsMixin(BroadcastMixin(BaseNamespace)) {
  async on_join(room: string) {
    await this.join(room)
  }
  on_say(way: string) {
    if (way === 'to') this.to('red').emit('said', way)
    if (way === 'in') this.in(['red', 'blue']).emit('said', way)
    if (way === 'except') this.except('red').emit('said', way)
    if (way === 'broadcast') this.broadcast.emit('said', way)
    if (way === 'chain') this.to('red').except('blue').local.emit('said', way)
  }
  async on_count() {
    return (await this.to('red').fetchSockets()).length
  }
}

for (const [way, hearers] of [
  ['to', ['red', 'both']],
  ['in', ['red', 'both', 'blue']],
  ['except', ['blue']],
  ['broadcast', ['red', 'both', 'blue']],
  ['chain', ['red']],
] as const) {
  test(`this.${way} reaches ${hearers.join(', ')}, and never its own client`, async (t) => {
    const server = await startServer(t, { '/hall': Hall })
    const rooms = { me: ['red'], red: ['red'], both: ['red', 'blue'], blue: ['blue'] }
    const heard: string[] = []
    const clients = new Map<string, Awaited<ReturnType<typeof joinClient>>>()
    for (const [name, wanted] of Object.entries(rooms)) {
      const client = await joinClient(t, server, '/hall')
      for (const room of wanted) assert.equal(await client.ask(asking(1, '/hall', 'join', room)), '6::/hall:1')
      clients.set(name, client)
    }
    await clients.get('me')?.ask(asking(2, '/hall', 'say', way))
    // What everybody hears last says that nothing else has come before.
    server.io.of('/hall').emit('last')
    for (const [name, client] of clients) {
      const first = await client.next()
      if (first === event('/hall', 'said', way)) heard.push(name)
      else assert.equal(first, event('/hall', 'last'))
    }
    assert.deepEqual(heard.toSorted(), [...hearers].toSorted())
  })
}

test('the operators of a namespace fetch the others', async (t) => {
  const server = await startServer(t, { '/hall': Hall })
  const [one, other] = [await joinClient(t, server, '/hall'), await joinClient(t, server, '/hall')]
  for (const client of [one, other]) await client.ask(asking(1, '/hall', 'join', 'red'))
  assert.equal(await one.ask(asking(2, '/hall', 'count')), '6::/hall:2+[1]')
})
