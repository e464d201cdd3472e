// Owns: the programs of the guides: a login by session, a log of channels, a server that came from SockJS.
// Elsewhere: that their code passes the compiler, the programs of the other documents (readme.test.ts).
import assert from 'node:assert/strict'
import { after, before, describe, test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { io as open, type Socket } from 'socket.io-client-4'
import { makeFolder, readBlocks, removeFolder, startProgram } from '../support/documents.js'
import { within } from '../support/journal.js'
import { nodeClient } from '../support/node-client.js'

function connect(t: TestContext, url: string, options: object = {}): Socket {
  const socket = open(url, { forceNew: true, reconnection: false, ...options })
  t.after(() => socket.close())
  return socket
}

const next = (socket: Socket, event: string): Promise<unknown[]> =>
  within(event, new Promise((resolve) => socket.once(event, (...args: unknown[]) => resolve(args))))

describe('the programs of the guides', () => {
  let folder: string
  before(() => {
    folder = makeFolder(readBlocks().filter(({ mark }) => mark === 'runs'))
  })
  after(() => {
    removeFolder(folder)
  })

  test('the login by session lets its user in by websocket and polling, and nobody else', async (t) => {
    const url = await startProgram(t, folder, 'auth-session.ts')
    const login = await fetch(`${url}/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"user":"ann"}',
    })
    assert.equal(login.status, 204)
    const cookie = login.headers.get('set-cookie')?.split(';', 1)[0] ?? ''
    for (const transports of [['polling'], ['websocket']]) {
      const ann = connect(t, `${url}/account`, { transports, extraHeaders: { cookie } })
      assert.equal(await ann.timeout(10_000).emitWithAck('whoami'), 'ann')
      const stranger = connect(t, `${url}/account`, { transports })
      assert.equal(String((await next(stranger, 'connect_error'))[0]), 'Error: log in first')
    }
  })

  test('the log of channels has errors and ends of clients of every generation', async (t) => {
    const written: string[] = []
    const url = await startProgram(t, folder, 'debug-log.ts', { written })
    for (const generation of ['0.9', '2', '4'] as const) {
      const client = nodeClient(t, url, 'websocket', generation)
      await client.run(async (kit) => {
        const chat = kit.connect('/chat')
        chat.emit('nope')
        await kit.ask(chat, 'say', 'hi')
        chat.socket.disconnect()
      })
    }
    const closed = (): number =>
      written.join('').match(/^closed \S{20} (?:client namespace disconnect|transport close) \d+$/gm)?.length ?? 0
    for (let tries = 0; closed() < 3 && tries < 400; tries++) await sleep(10)
    assert.equal(closed(), 3, written.join(''))
    const errors = written.join('').match(/^error \/chat no_such_method The method "on_nope" was not found$/gm)
    assert.equal(errors?.length, 3)
  })

  test('the server that came from SockJS sends to all what one says', async (t) => {
    const url = await startProgram(t, folder, 'sockjs.js')
    const [ann, bob] = [connect(t, `${url}/chat`), connect(t, `${url}/chat`)]
    await next(bob, 'connect')
    const said = [next(ann, 'said'), next(bob, 'said')]
    ann.emit('say', 'hello')
    assert.deepEqual(await Promise.all(said), [['hello'], ['hello']])
  })
})
