// Owns: what let strangers in, or through, at socket.io 0.9.19 ([16], "security").
// Elsewhere: the judgement of origins in full (../faces/origins.test.ts), the sid in logs (../faces/secrets.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import vm from 'node:vm'
import { BaseNamespace } from '../../../lib/index.js'
import { startServer } from '../../support/server.js'
import { overAll, overFaces } from '../../support/v09-cast.js'
import { mount, V09Peer } from '../../support/v09-peer.js'
import { connectPeer, goodbyes, httpTransports, openPeer, transports } from '../../support/v09-peers.js'

const friend = 'https://friend.example'
const invalid = /^5:::\{"name":"error","args":\["invalid_packet",/

overFaces((open) => {
  test('[16:security-1] sids owe nothing to Math.random, the time, or each other', async (t) => {
    t.mock.method(Math, 'random', () => 0.5)
    t.mock.method(Date, 'now', () => 1_000)
    const { raw } = await open(t)
    const sids: string[] = []
    while (sids.length < 200) sids.push(await raw.handshake())
    assert.equal(new Set(sids).size, sids.length)
    // Every one of the 120 bits is set in some and not in others.
    const bits = sids.map((sid) => BigInt(`0x${Buffer.from(sid, 'base64url').toString('hex')}`))
    for (let bit = 0n; bit < 120n; bit++) {
      const set = bits.filter((number) => (number >> bit) & 1n).length
      assert.ok(set > 50 && set < 150, `bit ${bit} is set in ${set} of ${sids.length}`)
    }
  })

  test('[16:security-4] an origin that only contains an allowed one is refused', async (t) => {
    const { raw } = await open(t, { origins: friend })
    const status = async (Origin: string) => (await raw.request(`${mount}/`, { headers: { Origin } })).status
    assert.equal(await status(friend), 200)
    const host = raw.ownOrigin.slice('http://'.length)
    const strangers = [
      `${friend}.evil.example`,
      'https://evilfriend.example',
      'https://friend.exampl',
      'https://evil.example/https://friend.example',
      'https://friend.example@evil.example',
      `http://evil.example?${host}`,
      `http://${host}.evil.example`,
      `http://evil.${host}`,
      'null',
      '*',
      '',
    ]
    for (const stranger of strangers) assert.equal(await status(stranger), 403, stranger)
  })

  test('[16:security-5] a scheme has its own port: https is not port 80', async (t) => {
    const { raw } = await open(t, { origins: [friend, 'http://other.example:8080'] })
    const status = async (Origin: string) => (await raw.request(`${mount}/`, { headers: { Origin } })).status
    for (const allowed of [friend, 'http://other.example:8080']) {
      assert.equal(await status(allowed), 200, allowed)
    }
    for (const refused of [
      `${friend}:80`,
      'http://friend.example',
      'http://friend.example:443',
      'http://other.example',
    ]) {
      assert.equal(await status(refused), 403, refused)
    }
  })

  test('[16:security-6] without the option origins no other page is let in, nor told that it may read', async (t) => {
    const { raw } = await open(t)
    const sid = await raw.handshake()
    for (const path of [`${mount}/`, `${mount}/xhr-polling/${sid}`, `${mount}//${sid}/?disconnect=1`]) {
      for (const method of ['GET', 'POST', 'OPTIONS']) {
        const { status, headers } = await raw.request(path, { method, headers: { Origin: friend } })
        assert.equal(status, 403, `${method} ${path}`)
        assert.equal(headers['access-control-allow-origin'], undefined)
        assert.equal(headers['access-control-allow-credentials'], undefined)
      }
    }
  })
})

overAll(transports, ({ transport, open }) => {
  test('[16:security-2] a sid opens nothing in the hands of a page of another origin', async (t) => {
    const { raw } = await open(t)
    const sid = await raw.handshake()
    const headers = { Origin: friend, Referer: `${friend}/page` }
    if (transport === 'websocket') {
      await assert.rejects(raw.websocket(sid, 'websocket', headers), /Unexpected server response: 403/)
    } else assert.equal((await raw.get(transport, sid, headers)).status, 403)
    // It was not used up by that, nor ended.
    for (const goodbye of goodbyes(transport, sid)) assert.equal((await raw.request(goodbye, { headers })).status, 403)
    assert.equal(await (await openPeer(raw, transport, sid)).receive(), '1::')
  })

  test('[16:security-7] what does not begin as a packet is none, whatever stands further on', async (t) => {
    const { connect } = await open(t)
    const peer = await connect()
    for (const text of [
      'x3:::a',
      ' 3:::a',
      '\n3:::a',
      '03:::a',
      '33:::a',
      '-3:::a',
      '3x:::a',
      '3:1++::a',
      '3:-1::a',
      '6:::x1',
    ]) {
      await peer.sendPayload(text)
      assert.match(await peer.receive(), invalid, text)
    }
    await peer.send('3:::end')
    assert.equal(await peer.receive(), '3:::echo end')
  })

  test('[16:security-12] no event reaches more than the handlers that a class declares', async (t) => {
    class Guarded extends BaseNamespace {
      on_said(): string {
        return 'heard'
      }
      secret(): void {
        assert.fail('a client has reached what is no handler')
      }
    }
    const server = await startServer(t, { '': Guarded })
    const peer = await connectPeer(t, server, transport)
    const reserved = 'error newListener removeListener connect connection disconnect reconnect message anything'
    const own = 'secret emit spawn initialize getInitialAcl recv_disconnect on_said constructor __proto__'
    for (const name of `${reserved} ${own}`.split(' ')) {
      await peer.send(`5:7+::${JSON.stringify({ name, args: ['x'] })}`)
      const expected = { name: 'error', args: ['no_such_method', `The method "on_${name}" was not found`] }
      assert.equal(await peer.receive(), `5:::${JSON.stringify(expected)}`)
    }
    await peer.send('5:1+::{"name":"said"}')
    assert.equal(await peer.receive(), '6:::1+["heard"]')
  })
})

overAll(httpTransports, ({ transport, open }) => {
  test('[16:security-3] the origin is judged on each poll and POST, and not at the handshake alone', async (t) => {
    let isWelcome = true
    const { raw } = await open(t, { origins: () => isWelcome })
    const headers = { Origin: friend }
    const sid = await raw.handshake()
    assert.equal((await raw.post(transport, sid, '3:::x', headers)).status, 200)
    isWelcome = false
    assert.equal((await raw.get(transport, sid, headers)).status, 403)
    assert.equal((await raw.post(transport, sid, '3:::x', headers)).status, 403)
  })

  test('[16:security-10] a form of another page that knows the sid says nothing in its name', async (t) => {
    const { raw, connect } = await open(t)
    const peer = await connect()
    for (const Origin of [friend, 'null', `${raw.ownOrigin}0`]) {
      const headers = { Origin, 'Content-Type': 'text/plain' }
      assert.equal((await raw.post(transport, peer.sid, '3:::forged', headers)).status, 403)
    }
    await peer.send('3:::own')
    assert.equal(await peer.receive(), '3:::echo own')
  })
})

overAll(['jsonp-polling', 'htmlfile'], ({ transport, open }) => {
  const text = '\u2028\u2029</script><script>alert(1)</script>\\"\'<!--'

  test('[16:security-8] U+2028 and U+2029, which end a line of a script, are escaped', async (t) => {
    const scripts = await scriptsOf(t)
    assert.doesNotMatch(scripts, /[\u2028\u2029]/)
    assert.match(scripts, /\\u2028\\u2029/)
  })

  test('[16:security-9] no text ends the script that carries it, nor gets out of its string', async (t) => {
    const scripts = await scriptsOf(t)
    const script = transport === 'htmlfile' ? scripts.slice('<script>'.length, -'</script>'.length) : scripts
    assert.doesNotMatch(script, /<\/|<script|<!--/)
    const heard: string[] = []
    const call = (payload: string): number => heard.push(payload)
    // Run as a browser would: one call with one string.
    vm.runInNewContext(script, { _: call, io: { j: [call] } })
    assert.deepEqual(
      heard.map((payload) => payload.replaceAll('\\/', '/')),
      [`3:::echo ${text}`],
    )
  })

  test('[16:security-9] a callback that is no number is never run', async (t) => {
    const { raw } = await open(t, { origins: '*' })
    const sid = await raw.handshake()
    for (const index of ['alert', '0];alert(1)//', '0%5D%3Balert(1)%2F%2F', '-1', '1e1', '']) {
      const { body } = await raw.request(`${mount}/jsonp-polling/${sid}?i=${index}`)
      assert.match(body, /^io\.j\[0\]\("/)
      await raw.post('xhr-polling', sid, '3:::x')
      assert.doesNotMatch((await raw.request(`${mount}/?jsonp=${index}`)).body, /io\.j|alert/)
    }
  })

  /** What a hostile text looks like on its way to a page. */
  async function scriptsOf(t: Parameters<typeof open>[0]): Promise<string> {
    const { raw } = await open(t)
    const sid = await raw.handshake()
    if (transport === 'jsonp-polling') {
      await raw.get(transport, sid)
      await raw.post(transport, sid, `3:::${text}`)
      return (await raw.get(transport, sid)).body
    }
    const page = await raw.stream(sid)
    while (!page.body().includes('1::')) await page.pieces.next()
    const before = page.body().length
    await raw.post(transport, sid, `3:::${text}`)
    while (!page.body().slice(before).endsWith('</script>')) await page.pieces.next()
    return page.body().slice(before)
  }
})

test('[16:security-1] sids are long enough that nobody guesses one', async (t) => {
  const server = await startServer(t, {})
  assert.match(await new V09Peer(t, server).handshake(), /^[\w-]{20}$/)
})
