// Owns: POSTs over every HTTP transport: their answers, what their bodies may look like, how large they may be.
// Elsewhere: bodies that hold no packets (bad-packets.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { overAll } from '../support/v09-cast.js'
import { mount, type V09Peer } from '../support/v09-peer.js'
import { connectPeer, dressed, framed, httpTransports, openPeer, polls, type Transport } from '../support/v09-peers.js'

const friend = 'http://friend.example'

/** A POST whose body comes in these pieces. */
function postPieces(raw: V09Peer, transport: Transport, sid: string, pieces: readonly Buffer[]) {
  const headers = { Referer: `${raw.ownOrigin}/` }
  return raw.request(`${mount}/${transport}/${sid}`, { method: 'POST', headers, body: pieces })
}

/** The body of a POST that carries a payload. */
function bodyOf(transport: Transport, payload: string): string {
  return transport === 'jsonp-polling' ? `d=${encodeURIComponent(JSON.stringify(payload))}` : payload
}

overAll(httpTransports, ({ transport, open }) => {
  test('a POST is answered 1, as plain text', async (t) => {
    const { raw, server } = await open(t)
    const { sid } = await connectPeer(t, server, transport)
    const { status, headers, body } = await raw.post(transport, sid, '3:::x')
    assert.deepEqual({ status, body }, { status: 200, body: '1' })
    assert.equal(headers['content-type'], 'text/plain; charset=UTF-8')
    assert.equal(headers['content-length'], '1')
    assert.equal(headers['access-control-allow-origin'], undefined)
    assert.equal(headers['x-xss-protection'], undefined)
  })

  test('a POST of an allowed origin is answered with CORS headers', async (t) => {
    const { raw, server } = await open(t, { origins: friend })
    const { sid } = await connectPeer(t, server, transport)
    const { body, headers } = await raw.post(transport, sid, '3:::x', { Origin: friend })
    assert.equal(body, '1')
    assert.equal(headers['access-control-allow-origin'], friend)
    assert.equal(headers['access-control-allow-credentials'], 'true')
    assert.equal(headers['x-xss-protection'], '0')
    assert.equal(headers.vary, 'Origin')
  })

  test('the content type of a POST does not matter', async (t) => {
    const { raw, server } = await open(t)
    const peer = await connectPeer(t, server, transport)
    await raw.post(transport, peer.sid, '3:::x', { 'Content-Type': 'application/octet-stream' })
    assert.equal(await peer.receive(), '3:::echo x')
  })

  test('several packets come in one POST', async (t) => {
    const { connect } = await open(t)
    const peer = await connect()
    await peer.send('3:::é😀', '3:::\ufffd3\ufffd', '3:::last')
    assert.deepEqual(await peer.receiveAll(3), ['3:::echo é😀', '3:::echo \ufffd3\ufffd', '3:::echo last'])
  })

  test('a single packet may be framed', async (t) => {
    const { connect } = await open(t)
    const peer = await connect()
    await peer.sendPayload(framed('3:::x'))
    assert.equal(await peer.receive(), '3:::echo x')
  })

  test('a first POST opens the socket and is processed', async (t) => {
    const { raw } = await open(t)
    const sid = await raw.handshake()
    const { status, body } = await raw.post(transport, sid, '3:::x')
    assert.deepEqual({ status, body }, { status: 200, body: '1' })
    const peer = await openPeer(raw, transport, sid)
    assert.deepEqual(await peer.receiveAll(2), ['1::', '3:::echo x'])
  })

  test('characters that are cut between two chunks of a POST stay whole', async (t) => {
    const { raw, connect } = await open(t)
    const peer = await connect()
    const pieces: Buffer[] = []
    // Every byte comes by itself, so that every character is cut wherever it can be.
    const body = transport === 'jsonp-polling' ? 'd="3:::é😀\ufffd"' : '3:::é😀\ufffd'
    for (const byte of Buffer.from(body)) pieces.push(Buffer.of(byte))
    assert.equal((await postPieces(raw, transport, peer.sid, pieces)).body, '1')
    assert.equal(await peer.receive(), '3:::echo é😀\ufffd')
  })

  test('a POST as large as may be is processed', async (t) => {
    const { connect } = await open(t, { maxHttpBufferSize: 100 })
    const peer = await connect()
    const packet = `3:::${'x'.repeat(100 - bodyOf(transport, '3:::').length)}`
    await peer.send(packet)
    assert.equal(await peer.receive(), packet.replace(':::', ':::echo '))
  })

  test('a POST one byte larger is answered 413, and ends the socket', async (t) => {
    const { raw, connect, heard } = await open(t, { maxHttpBufferSize: 100 })
    const peer = await connect()
    await peer.send('5:::{"name":"nothing"}')
    const packet = `3:::${'x'.repeat(101 - bodyOf(transport, '3:::').length)}`
    assert.equal((await raw.post(transport, peer.sid, packet)).status, 413)
    assert.equal(await heard.next(), 'root: limit exceeded')
    await peer.assertEnded()
  })

  test('a POST that grows too large without saying so before is answered 413', async (t) => {
    const { raw, connect } = await open(t, { maxHttpBufferSize: 100 })
    const peer = await connect()
    const { status } = await postPieces(raw, transport, peer.sid, [Buffer.alloc(60, 'x'), Buffer.alloc(60, 'x')])
    assert.equal(status, 413)
    await peer.assertEnded()
  })

  test('a payload of as many packets as may be is processed', async (t) => {
    const { connect } = await open(t, { maxPacketsPerPayload: 3 })
    const peer = await connect()
    await peer.send('3:::a', '3:::b', '3:::c')
    assert.deepEqual(await peer.receiveAll(3), ['3:::echo a', '3:::echo b', '3:::echo c'])
  })

  test('a payload of one packet more ends the socket', async (t) => {
    const { connect, heard } = await open(t, { maxPacketsPerPayload: 3 })
    const peer = await connect()
    await peer.send('5:::{"name":"nothing"}')
    await peer.send('2::', '2::', '2::', '2::')
    assert.equal(await heard.next(), 'root: limit exceeded')
    await peer.assertEnded()
  })
})

overAll(polls, ({ transport, open }) => {
  test('a POST with a poll held is answered by itself', async (t) => {
    const { raw, connect } = await open(t)
    const { sid } = await connect()
    const poll = await raw.hold(transport, sid)
    assert.equal((await raw.post(transport, sid, '2::')).body, '1')
    assert.equal((await raw.post(transport, sid, '3:::x')).body, '1')
    assert.equal((await poll.answer()).body, dressed(transport, '3:::echo x'))
  })
})

overAll(['jsonp-polling'], ({ transport, open }) => {
  test('a form in which a plus is a space is read as such', async (t) => {
    const { raw, connect } = await open(t)
    const peer = await connect()
    await postPieces(raw, transport, peer.sid, [Buffer.from('d=%223%3A%3A%3Aa+b%2B%C3%A9%5Cn%22')])
    assert.equal(await peer.receive(), '3:::echo a b+é\n')
  })

  const bodies: readonly [rule: string, body: string][] = [
    ['without d', 'e=1'],
    ['that is empty', ''],
    ['whose d is empty', 'd='],
    ['whose d is not JSON', 'd=3:::x'],
    ['whose d is a number', 'd=1'],
    ['whose d is a list', 'd=%5B%223%3A%3A%3Ax%22%5D'],
    ['whose d is null', 'd=null'],
    ['whose d is an object', 'd=%7B%22length%22%3A1%7D'],
  ]
  for (const [rule, body] of bodies) {
    test(`a form ${rule} is answered 1, told once, and the socket lives`, async (t) => {
      const { raw, connect } = await open(t)
      const peer = await connect()
      const answer = await postPieces(raw, transport, peer.sid, [Buffer.from(body)])
      assert.deepEqual({ status: answer.status, body: answer.body }, { status: 200, body: '1' })
      assert.match(await peer.receive(), /^5:::\{"name":"error","args":\["invalid_packet","[^\n]*"\]\}$/)
      await peer.send('3:::alive')
      assert.equal(await peer.receive(), '3:::echo alive')
    })
  }
})
