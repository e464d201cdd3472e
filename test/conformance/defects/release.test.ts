// Owns: what socket.io 0.9.19 held on to for as long as a session or a process lived: that it is let go of here.
// Elsewhere: bounds on what is held meanwhile (exhaustion.test.ts).
import assert from 'node:assert/strict'
import http from 'node:http'
import { test } from 'node:test'
import { WebSocket } from 'ws'
import { BaseNamespace } from '../../../lib/index.js'
import { FakeClock } from '../../support/clock.js'
import { collectGarbage, held } from '../../support/garbage.js'
import { faces, startServer } from '../../support/server.js'
import { overFaces } from '../../support/v09-cast.js'
import { mount, V09Peer } from '../../support/v09-peer.js'
import { connectPeer, notHandshaken, transports } from '../../support/v09-peers.js'
import { Queue } from '../../support/wire-client.js'

for (const transport of transports) {
  test('[16:exhaustion-12] the callback of an ack is let go of when the ack has come', async (t) => {
    const callbacks: WeakRef<object>[] = []
    class Asking extends BaseNamespace {
      on_ask(): void {
        const callback = (): void => {}
        callbacks.push(new WeakRef(callback))
        this.emit('question', callback)
      }
    }
    const peer = await connectPeer(t, await startServer(t, { '': Asking }), transport)
    for (let asked = 0; asked < 10; asked++) {
      await peer.send('5:::{"name":"ask"}')
      const [, id] = /^5:(\d+)\+/.exec(await peer.receive()) ?? []
      await peer.send(`6:::${id}`)
    }
    assert.equal(callbacks.length, 10)
    assert.equal(await held(callbacks), 0)
  })
}

for (const face of faces) {
  test('[16:exhaustion-13] nothing is kept for a path that a client has chosen', async (t) => {
    const { port } = await startServer(t, {}, { serveClient: 'socket.io-client-09' }, face)
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    t.after(() => {
      agent.destroy()
    })
    const get = (path: string): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const request = http.get({ host: '127.0.0.1', port, path, agent }, (response) => {
          response.resume().on('end', () => {
            resolve(response.statusCode)
          })
        })
        request.on('error', reject)
      })
    // 0.9.19 built and kept a script for each of these.
    for (const name of [
      'socket.io+websocket.js',
      'socket.io.v0.9.17.js',
      'socket.io+xhr-polling+x.min.js',
      'static/x.swf',
    ]) {
      assert.equal(await get(`/socket.io/${name}`), 404)
    }
    const round = async (letter: string): Promise<void> => {
      for (let count = 0; count < 500; count++) {
        await get(`/socket.io/${count}${letter.repeat(8_000)}.js`)
        // 0.9.19 took a path for the script's when that was anywhere in it.
        await get(`/socket.io/${count}${letter.repeat(4_000)}/socket.io.js`)
        await get(`/socket.io/socket.io.js?${count}${letter.repeat(4_000)}`)
      }
      await collectGarbage()
    }
    await round('a')
    const before = process.memoryUsage().heapUsed
    await round('b')
    const grown = process.memoryUsage().heapUsed - before
    assert.ok(grown < 2_000_000, `${grown} bytes are kept of 8,000,000`)
  })

  for (const [what, path] of [
    ['0.9', `${mount}/websocket/`],
    ['Socket.IO 4', '/socket.io/?EIO=4&transport=websocket'],
  ] as const) {
    test(`[16:exhaustion-16] what came with an upgrade is handled and not kept, for clients of ${what} on ${face}`, async (t) => {
      const server = await startServer(t, { '': BaseNamespace }, {}, face)
      server.io.attach(server.server)
      const heads: WeakRef<object>[] = []
      // Attached to already: this is the outermost.
      const emit = server.server.emit.bind(server.server) as (name: string, ...args: unknown[]) => boolean
      server.server.emit = (name: string, ...args: unknown[]): boolean => {
        if (name === 'upgrade') heads.push(new WeakRef(args[2] as Buffer))
        return emit(name, ...args)
      }
      const sid = path.endsWith('/') ? await new V09Peer(t, server).handshake() : ''
      const websocket = new WebSocket(`ws://127.0.0.1:${server.port}${path}${sid}`, { perMessageDeflate: false })
      t.after(() => {
        websocket.terminate()
      })
      const frames = new Queue<string>('a frame')
      websocket.on('message', (data: Buffer) => {
        frames.push(data.toString())
      })
      await frames.next()
      if (sid === '') {
        websocket.send('40')
        assert.match(await frames.next(), /^40/)
      }
      assert.equal(heads.length, 1)
      assert.equal(await held(heads), 0)
    })
  }
}

overFaces((open) => {
  test('[16:exhaustion-14] handshakes are forgotten on a server that listened before it was attached to', async (t) => {
    const clock = new FakeClock()
    const { raw, server } = await open(t, { clock, maxHandshakes: 3, handshakeTimeout: 500 })
    server.io.attach(server.server)
    const sids = [await raw.handshake(), await raw.handshake(), await raw.handshake()]
    clock.advance(500)
    for (const sid of sids) assert.equal((await raw.get('xhr-polling', sid)).body, notHandshaken)
    assert.equal(clock.timers, 0)
    assert.equal((await raw.request(`${mount}/`)).status, 200)
  })
})
