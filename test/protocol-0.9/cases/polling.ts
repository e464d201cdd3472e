// Owns: the HTTP transports: when polls are answered and with how much, POSTs, payloads, pages that do not end, CORS.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { overAll, type Case } from '../case.js'
import { framed, overHttp, polls, undressed, type Target, type Transport } from '../client.js'

const origin = 'http://page.example'
const number = (value: number): string => `5:::{"name":"n","args":[${value}]}`
const burst = (count: number): string => `5:::{"name":"burst","args":[${count}]}`

async function open(target: Target, transport: Transport): Promise<string> {
  return (await target.open(transport)).sid
}

const payloadOf = async (target: Target, transport: Transport, sid: string): Promise<string> =>
  undressed(transport, (await target.get(transport, sid)).body)

// Until the server has it: it says nothing of that.
const heldMs = 150

export const polling: readonly Case[] = [
  ...overAll(polls, 'the first poll is answered at once, with the connect alone', async (target, transport) => {
    const { sid } = await target.handshake()
    const { status, headers, body } = await target.get(transport, sid)
    assert.equal(status, 200)
    assert.equal(undressed(transport, body), '1::')
    const type = transport === 'xhr-polling' ? /^text\/plain; charset=UTF-8$/i : /^text\/javascript; charset=UTF-8$/i
    assert.match(headers['content-type'] ?? '', type)
  }),
  ...overAll(polls, 'a poll is held until there is something to send', async (target, transport) => {
    const sid = await open(target, transport)
    const poll = target.get(transport, sid)
    await sleep(heldMs)
    await target.post(transport, sid, '3:::x')
    assert.equal(undressed(transport, (await poll).body), '3:::echo x')
  }),
  ...overAll(polls, 'what is sent between two polls leaves on the next, framed', async (target, transport) => {
    const sid = await open(target, transport)
    await target.post(transport, sid, burst(3))
    await sleep(heldMs)
    assert.equal(await payloadOf(target, transport, sid), framed(number(0), number(1), number(2)))
  }),
  ...overAll(polls, 'one packet between two polls leaves bare', async (target, transport) => {
    const sid = await open(target, transport)
    await target.post(transport, sid, burst(1))
    await sleep(heldMs)
    assert.equal(await payloadOf(target, transport, sid), number(0))
  }),
  ...overAll(polls, 'lengths in an answer count UTF-16 units, and Content-Length bytes', async (target, transport) => {
    const sid = await open(target, transport)
    await target.post(transport, sid, framed('4:::{"a":"é😀"}', '4:::["\ufffd"]'))
    await sleep(heldMs)
    const { headers, body } = await target.get(transport, sid)
    assert.equal(undressed(transport, body), '\ufffd15\ufffd4:::{"a":"é😀"}\ufffd9\ufffd4:::["\ufffd"]')
    assert.equal(headers['content-length'], String(Buffer.byteLength(body)))
  }),
  ...overAll(
    polls,
    'a newer poll replaces one that is held, which is answered with a noop',
    async (target, transport) => {
      const sid = await open(target, transport)
      const first = target.get(transport, sid)
      await sleep(heldMs)
      const second = target.get(transport, sid)
      assert.equal(undressed(transport, (await first).body), '8::')
      await target.post(transport, sid, '3:::x')
      assert.equal(undressed(transport, (await second).body), '3:::echo x')
    },
  ),
  ...overAll(overHttp, 'a POST is answered with 1', async (target, transport) => {
    const client = await target.open(transport)
    const { status, headers, body } = await target.post(transport, client.sid, '3:::x')
    assert.deepEqual({ status, body }, { status: 200, body: '1' })
    assert.match(headers['content-type'] ?? '', /^text\/plain/)
    assert.equal(await client.next(), '3:::echo x')
  }),
  ...overAll(overHttp, 'a body holds several packets, whose lengths count UTF-16 units', async (target, transport) => {
    const client = await target.open(transport)
    await client.sendPayload('\ufffd7\ufffd3:::é😀\ufffd5\ufffd3:::b')
    assert.deepEqual(await client.take(2), ['3:::echo é😀', '3:::echo b'])
  }),
  ...overAll(overHttp, 'a packet in a body may hold U+FFFD, and one alone may be framed', async (target, transport) => {
    const client = await target.open(transport)
    await client.sendPayload(framed('3:::a\ufffd1\ufffdb', '3:::c'))
    await client.sendPayload(framed('3:::d'))
    assert.deepEqual(await client.take(3), ['3:::echo a\ufffd1\ufffdb', '3:::echo c', '3:::echo d'])
  }),
  ...overAll(overHttp, 'an empty body does no harm', async (target, transport) => {
    const client = await target.open(transport)
    await target.post(transport, client.sid, '')
    await client.send('3:::alive')
    assert.equal(await client.nextButErrors(), '3:::echo alive')
  }),
  ...overAll(
    ['xhr-polling'],
    'polls and POSTs of an allowed origin have its CORS headers',
    async (target, transport) => {
      const { sid } = await target.handshake()
      const poll = await target.get(transport, sid, { Origin: origin })
      const post = await target.post(transport, sid, '2::', { Origin: origin })
      for (const { headers } of [poll, post]) {
        assert.equal(headers['access-control-allow-origin'], origin)
        assert.equal(headers['access-control-allow-credentials'], 'true')
      }
    },
  ),
  {
    name: 'jsonp-polling: the number in the URL is that of the callback',
    async run(target) {
      const { sid } = await target.handshake()
      const { headers, body } = await target.request(`${target.mount}/jsonp-polling/${sid}?t=1&i=5`)
      assert.equal(undressed('jsonp-polling', body, 5), '1::')
      assert.equal(headers['access-control-allow-origin'], undefined)
    },
  },
  {
    name: 'jsonp-polling: a script holds no line separator, which ends a string in old engines',
    async run(target) {
      const client = await target.open('jsonp-polling')
      await client.send('3:::a\u2028b\u2029')
      const { body } = await target.get('jsonp-polling', client.sid)
      assert.doesNotMatch(body, /[\u2028\u2029]/)
      assert.equal(undressed('jsonp-polling', body), '3:::echo a\u2028b\u2029')
    },
  },
  {
    name: 'htmlfile: the page begins with 256 bytes that define its function',
    async run(target) {
      const { sid } = await target.handshake()
      const { response, pieces } = await target.page(sid)
      assert.match(response.headers['content-type'] ?? '', /^text\/html; charset=UTF-8$/i)
      let body = ''
      while (body.length < 256) body += await pieces.next()
      const opening = '<html><body><script>var _ = function (msg) { parent.s._(msg, document); };</script>'
      assert.equal(body.slice(0, 256), opening.padEnd(256))
    },
  },
  {
    name: 'htmlfile: every slash of a packet is escaped, so that no script is ended',
    async run(target) {
      const { sid } = await target.handshake()
      const { pieces } = await target.page(sid)
      await target.post('htmlfile', sid, '3:::</script>')
      let body = ''
      while (!/echo.*\);<\/script>/.test(body)) body += await pieces.next()
      const [, text = ''] = /_\(("3:::echo .*")\);<\/script>/.exec(body) ?? []
      assert.doesNotMatch(text, /(?<!\\)\//)
      assert.equal(JSON.parse(text), '3:::echo </script>')
    },
  },
]
