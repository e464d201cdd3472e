// Owns: sids that carry the name of their process, on every wire; and what a sid of a process that is gone is answered.
// Elsewhere: balancers that route by them (../cluster/), wrong names (../unit/server/settings.test.ts), tokens (../unit/access/).
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { BaseNamespace, type Options } from '../../lib/index.js'
import { connect } from '../../lib/testing.js'
import { ask, openWebSocket } from '../support/engine-peer.js'
import { startServer, type TestServer } from '../support/server.js'

class Echo extends BaseNamespace {
  on_echo(value: unknown) {
    return value
  }

  on_ids() {
    return [this.socket.id, this.environ.url]
  }
}

const start = (t: TestContext, options: Options): Promise<TestServer> => startServer(t, { '': Echo }, options)

/** The sids that clients of all kinds get. */
async function sidsOf(t: TestContext, { url }: TestServer): Promise<Record<string, string>> {
  const own = { headers: { 'Sec-Fetch-Site': 'same-origin' } }
  const text = async (path: string, options = {}): Promise<string> =>
    (await ask(`${url}/socket.io/${path}`, options)).body
  const websocket = await openWebSocket(t, url)
  websocket.send('40')
  const engineSid = (body: string): string => /sid\\?":\\?"([^"\\]+)/.exec(body)?.[1] ?? body
  return {
    '0.9': (await text('1/')).split(':', 1)[0] ?? '',
    '0.9 by JSONP': /"([^":]+):/.exec(await text('1/?jsonp=0', own))?.[1] ?? '',
    '2': engineSid(await text('?EIO=3&transport=polling')),
    '2 by JSONP': engineSid(await text('?EIO=3&transport=polling&j=0', own)),
    '4': engineSid(await text('?EIO=4&transport=polling')),
  }
}

for (const name of ['a', 'chat-7d4b9c6f5-x2x9p', 'A_b-9', 'x'.repeat(64)]) {
  test(`every sid of the process ${name.slice(0, 20)} begins with its name, and has 120 random bits behind it`, async (t) => {
    const sids = await sidsOf(t, await start(t, { processName: name }))
    for (const [client, sid] of Object.entries(sids)) {
      assert.match(sid, new RegExp(`^${name}\\.[\\w-]{20}$`), client)
    }
    assert.equal(new Set(Object.values(sids).map((sid) => sid.slice(-20))).size, Object.keys(sids).length)
  })
}

test('without a name sids are as they were', async (t) => {
  for (const sid of Object.values(await sidsOf(t, await start(t, {})))) assert.match(sid, /^[\w-]{20}$/)
})

test('clients of all kinds talk by such sids, and their public ids have no name in them', async (t) => {
  const { io } = await start(t, { processName: 'a' })
  for (const protocol of ['0.9', '4'] as const) {
    for (const transport of ['polling', 'websocket'] as const) {
      const client = await connect(io, '', { protocol, transport, t })
      assert.equal(await client.ask('echo', 'hi'), 'hi')
      assert.match(String(((await client.ask('ids')) as string[])[0]), /^[\w-]{20}$/)
    }
  }
})

test('with handshakeSecret the name is in front of the token, and any process opens it once', async (t) => {
  const handshakeSecret = 'the same in both processes'
  const one = await start(t, { processName: 'one', handshakeSecret })
  const two = await start(t, { processName: 'two', handshakeSecret })
  const nameless = await start(t, { handshakeSecret })
  const handshake = async ({ url }: TestServer): Promise<string> =>
    (await ask(`${url}/socket.io/1/`)).body.split(':', 1)[0] ?? ''
  const poll = async ({ url }: TestServer, sid: string): Promise<string> =>
    (await ask(`${url}/socket.io/1/xhr-polling/${sid}`)).body
  for (const [from, to] of [
    [one, one],
    [one, two],
    [one, nameless],
    [nameless, one],
  ] as const) {
    const sid = await handshake(from)
    assert.match(sid, from === nameless ? /^[\w-]{50}$/ : /^one\.[\w-]{50}$/)
    assert.equal(await poll(to, sid), '1::')
  }
  // A name is part of what is signed: another one is another token, which nobody has made.
  const sid = await handshake(one)
  for (const forged of [sid.replace('one.', 'two.'), sid.replace('one.', ''), sid.replace('one.', '.'), `x.${sid}`]) {
    assert.equal(await poll(two, forged), '7:::1+0')
  }
  assert.equal(await poll(two, sid), '1::')
})

test('the sid of a process that is gone is unknown to all others, and its client begins anew', async (t) => {
  const { url } = await start(t, { processName: 'two' })
  for (const sid of [`one.${'x'.repeat(20)}`, `two.${'x'.repeat(20)}`, 'two.', '.', `${'n'.repeat(500)}.x`]) {
    assert.equal((await ask(`${url}/socket.io/1/xhr-polling/${sid}`)).body, '7:::1+0')
    const modern = await ask(`${url}/socket.io/?EIO=4&transport=polling&sid=${sid}`)
    assert.deepEqual([modern.status, modern.body], [400, '{"code":1,"message":"Session ID unknown"}'])
  }
})
