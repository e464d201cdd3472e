// Owns: exceptions of the application's code, which ended a process of socket.io 0.9.19, whoever had caused them.
// Elsewhere: what errorHandler and the client hear of them (../namespaces/exceptions.test.ts).
import { test } from 'node:test'
import { BaseNamespace, type Options } from '../../../lib/index.js'
import { faces, startServer } from '../../support/server.js'
import { connectPeer, transports } from '../../support/v09-peers.js'
import { connectWebSocket } from '../../support/engine-peer.js'

/** Throws in every hook that a client can make run. */
class Broken extends BaseNamespace {
  on_throw(): void {
    throw new Error('on purpose')
  }
  on_reject(): Promise<never> {
    return Promise.reject(new Error('on purpose'))
  }
  on_throw_nothing(): void {
    // Whatever is thrown, an error or not.
    throw undefined as unknown as Error
  }
  on_ask(): void {
    this.emit('question', () => {
      throw new Error('on purpose')
    })
  }
  on_job(): void {
    this.spawn(() => {
      throw new Error('on purpose')
    })
  }
  on_alive(): string {
    return 'alive'
  }
  override recv_message(): void {
    throw new Error('on purpose')
  }
  override recv_json(): void {
    throw new Error('on purpose')
  }
  override recv_error(): void {
    throw new Error('on purpose')
  }
  override recv_disconnect(): void {
    throw new Error('on purpose')
  }
}

class Refusing extends BaseNamespace {
  override recv_connect(): void {
    throw new Error('on purpose')
  }
}

class Unmade extends BaseNamespace {
  override initialize(): void {
    throw new Error('on purpose')
  }
}

const namespaces = { '': Broken, '/chat': Broken, '/refusing': Refusing, '/unmade': Unmade }
// One that fails in its own turn, about everything that it hears of.
const options: Options = {
  errorHandler: () => {
    throw new Error('on purpose')
  },
}
const events = ['throw', 'reject', 'throw_nothing', 'job', 'ask'] as const

for (const face of faces) {
  for (const transport of transports) {
    test('[16:crash-6] an exception in a handler ends neither process nor socket', async (t) => {
      t.mock.method(console, 'error', () => {})
      const server = await startServer(t, namespaces, options, face)
      for (let round = 0; round < 2; round++) {
        const peer = await connectPeer(t, server, transport)
        await peer.send('1::/chat', '1::/refusing', '1::/unmade')
        for (const endpoint of ['', '/chat']) {
          for (const name of events) await peer.send(`5:1+:${endpoint}:{"name":"${name}"}`)
          await peer.send(`3:1+:${endpoint}:x`, `4::${endpoint}:1`, `7::${endpoint}:1`)
        }
        for (let asked = 0; asked < 2;) {
          const [, id, endpoint = ''] = /^5:(\d+)\+:(.*?):\{"name":"question"/.exec(await peer.receive()) ?? []
          if (id === undefined) continue
          asked++
          await peer.send(`6::${endpoint}:${id}`)
        }
        await peer.send('5:9+::{"name":"alive"}')
        while ((await peer.receive()) !== '6:::9+["alive"]');
        await peer.send('0::')
      }
    })
  }

  test(`[16:crash-6] an exception in a handler ends nothing for newer clients either, on ${face}`, async (t) => {
    t.mock.method(console, 'error', () => {})
    const { url } = await startServer(t, namespaces, options, face)
    for (let round = 0; round < 2; round++) {
      const peer = await connectWebSocket(t, url)
      peer.send('40/chat,', '40/refusing,', '40/unmade,')
      for (const name of events) peer.send(`421["${name}"]`)
      peer.send('42["message","x"]', '429["alive"]')
      while ((await peer.text()) !== '439["alive"]');
      peer.websocket.close()
    }
  })
}
