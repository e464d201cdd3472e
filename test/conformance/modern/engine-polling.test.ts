// Owns: what engine.io clients exchange over polling: payloads of both revisions, broken ones, polls in each other's way.
// Elsewhere: opening a session (engine-handshake.test.ts), pings (engine-pings.test.ts), upgrades (engine-upgrade.test.ts).
import assert from 'node:assert/strict'
import http from 'node:http'
import { test } from 'node:test'
import { BaseNamespace } from '../../../lib/index.js'
import { ask, openPolling, RS, withoutSid } from '../../support/engine-peer.js'
import { Journal } from '../../support/journal.js'
import { faces, startServer } from '../../support/server.js'

const bytes = Buffer.from([1, 2, 3, 4])

/** Answers with what it got; tells when and why it ended. */
function echoAndJournal() {
  const journal = new Journal()
  class Echo extends BaseNamespace {
    on_echo(...args: unknown[]) {
      this.emit('back', ...args)
    }
    override recv_disconnect(reason: string) {
      journal.note(reason)
      super.recv_disconnect(reason as never)
    }
  }
  return { journal, namespaces: { '': Echo } }
}

for (const face of faces) {
  test(`one packet in a payload of revision 4 is answered with ok, on ${face}`, async (t) => {
    const { url } = await startServer(t, echoAndJournal().namespaces, {}, face)
    const peer = await openPolling(url)
    const posted = await peer.post('40')
    assert.deepEqual([posted.status, posted.body, posted.headers['content-type']], [200, 'ok', 'text/html'])
    const { status, headers, body } = await peer.poll()
    assert.deepEqual([status, withoutSid(body)], [200, '40{"sid":"SID"}'])
    assert.equal(headers['content-type'], 'text/plain; charset=UTF-8')
  })

  test(`packets in a payload of revision 4 are separated by U+001E both ways, on ${face}`, async (t) => {
    const { url } = await startServer(t, echoAndJournal().namespaces, {}, face)
    const peer = await openPolling(url)
    await peer.post(['40', '42["echo","é😀"]', '42["echo",2]'].join(RS))
    assert.equal(withoutSid((await peer.poll()).body), ['40{"sid":"SID"}', '42["back","é😀"]', '42["back",2]'].join(RS))
  })

  test(`binary in a payload of revision 4 is base64 behind a b, both ways, on ${face}`, async (t) => {
    const { url } = await startServer(t, echoAndJournal().namespaces, {}, face)
    const peer = await openPolling(url)
    await peer.post(['40', '451-["echo",{"_placeholder":true,"num":0}]', 'bAQIDBA=='].join(RS))
    assert.equal(
      withoutSid((await peer.poll()).body),
      ['40{"sid":"SID"}', '451-["back",{"_placeholder":true,"num":0}]', 'bAQIDBA=='].join(RS),
    )
  })

  test(`packets in a payload of revision 3 stand behind their lengths, in UTF-16 units, on ${face}`, async (t) => {
    const { url } = await startServer(t, echoAndJournal().namespaces, {}, face)
    const peer = await openPolling(url, 3)
    const posted = await peer.post('16:42["echo","é😀"]12:42["echo",2]')
    assert.deepEqual([posted.status, posted.body], [200, 'ok'])
    assert.equal((await peer.poll()).body, '2:4016:42["back","é😀"]12:42["back",2]')
  })

  test(`binary in a payload of revision 3 is base64 behind b4 for a client that says b64, on ${face}`, async (t) => {
    const { url } = await startServer(t, echoAndJournal().namespaces, {}, face)
    const peer = await openPolling(url, 3, { query: '&b64=1' })
    await peer.post('42:451-["echo",{"_placeholder":true,"num":0}]10:b4AQIDBA==')
    assert.equal((await peer.poll()).body, '2:4042:451-["back",{"_placeholder":true,"num":0}]10:b4AQIDBA==')
  })

  test(`binary in a payload of revision 3 makes all of it binary for other clients, on ${face}`, async (t) => {
    const { url } = await startServer(t, echoAndJournal().namespaces, {}, face)
    const peer = await openPolling(url, 3)
    await peer.poll()
    const text = '451-["echo",{"_placeholder":true,"num":0}]'
    // 0 or 1 for text or binary, the length in decimal digits, 255, the packet; 4 is a message.
    const payload = (name: string): Buffer =>
      Buffer.concat([
        Buffer.from([0, 4, 2, 255]),
        Buffer.from(text.replace('echo', name)),
        Buffer.from([1, 5, 255, 4]),
        bytes,
      ])
    const posted = await peer.post(payload('echo'), { 'Content-Type': 'application/octet-stream' })
    assert.deepEqual([posted.status, posted.body], [200, 'ok'])
    const { headers, bytes: answer } = await peer.poll()
    assert.equal(headers['content-type'], 'application/octet-stream')
    assert.deepEqual(answer, payload('back'))
  })

  test(`a JSONP client of revision 3 gets calls and posts forms, on ${face}`, async (t) => {
    const { url } = await startServer(t, echoAndJournal().namespaces, {}, face)
    const headers = { Referer: `${url}/page` }
    const opening = await ask(`${url}/socket.io/?EIO=3&transport=polling&j=0`, { headers })
    assert.match(opening.body, /^___eio\[0\]\("\d+:0\{\\"sid\\":/)
    const sid = /\\"sid\\":\\"([\w-]+)/.exec(opening.body)?.[1]
    const target = `${url}/socket.io/?EIO=3&transport=polling&j=0&sid=${sid}`
    const form = { ...headers, 'Content-Type': 'application/x-www-form-urlencoded' }
    const posted = await ask(target, { headers: form, body: `d=${encodeURIComponent('14:42["echo","a"]')}` })
    assert.deepEqual([posted.status, posted.body], [200, 'ok'])
    const { headers: answered, body } = await ask(target, { headers })
    assert.equal(body, '___eio[0]("2:4014:42[\\"back\\",\\"a\\"]");')
    assert.equal(answered['content-type'], 'text/javascript; charset=UTF-8')
  })

  for (const [revision, body] of [
    [4, 'abc'],
    [4, ''],
    [4, `40${RS}abc`],
    [3, 'abc'],
    [3, '9:4abc'],
    [3, '-1:4'],
  ] as const) {
    test(`the payload "${body.replace(RS, '␞')}" of revision ${revision} ends the session, on ${face}`, async (t) => {
      const { url } = await startServer(t, { '': BaseNamespace }, {}, face)
      const peer = await openPolling(url, revision)
      // The connection may be cut under the answer, as the real server does.
      await peer.post(body).catch(() => {})
      const { status, body: answer } = await peer.poll()
      assert.deepEqual([status, answer], [400, '{"code":1,"message":"Session ID unknown"}'])
    })
  }

  test(`a POST of bytes in revision 4 gets 400 and ends the session, on ${face}`, async (t) => {
    const { url } = await startServer(t, { '': BaseNamespace }, {}, face)
    const peer = await openPolling(url)
    const { status } = await peer.post('40', { 'Content-Type': 'application/octet-stream' })
    assert.equal(status, 400)
    assert.equal((await peer.poll()).body, '{"code":1,"message":"Session ID unknown"}')
  })

  test(`a second poll at the same time gets 400 and ends the session, on ${face}`, async (t) => {
    const { journal, namespaces } = echoAndJournal()
    const { url, server } = await startServer(t, namespaces, {}, face)
    const peer = await openPolling(url)
    await peer.post(`40${RS}42["echo",1]`)
    await peer.poll()
    const arrived = new Promise((resolve) => server.once('request', resolve))
    const first = peer.poll()
    await arrived
    const second = await peer.poll()
    assert.deepEqual([(await first).status, (await first).body], [200, '1'])
    assert.equal(second.status, 400)
    assert.deepEqual(await journal.until(1), ['transport close'])
    assert.equal((await peer.poll()).body, '{"code":1,"message":"Session ID unknown"}')
  })

  test(`a poll that is given up ends the session, on ${face}`, async (t) => {
    const { journal, namespaces } = echoAndJournal()
    const { url, server } = await startServer(t, namespaces, {}, face)
    const peer = await openPolling(url)
    await peer.post(`40${RS}42["echo",1]`)
    await peer.poll()
    const arrived = new Promise((resolve) => server.once('request', resolve))
    const poll = http.get(peer.url, { agent: false }).on('error', () => {})
    await arrived
    poll.destroy()
    assert.deepEqual(await journal.until(1), ['transport close'])
    assert.equal((await peer.poll()).body, '{"code":1,"message":"Session ID unknown"}')
  })

  for (const [revision, close, noop] of [
    [4, '1', '6'],
    [3, '1:1', '1:6'],
  ] as const) {
    test(`a close packet of revision ${revision} answers the held poll and ends the session, on ${face}`, async (t) => {
      const { journal, namespaces } = echoAndJournal()
      const { url, server } = await startServer(t, namespaces, {}, face)
      const peer = await openPolling(url, revision)
      await peer.post(revision === 4 ? `40${RS}42["echo",1]` : '12:42["echo",1]')
      await peer.poll()
      const arrived = new Promise((resolve) => server.once('request', resolve))
      const held = peer.poll()
      await arrived
      const posted = await peer.post(close)
      assert.deepEqual([posted.status, posted.body], [200, 'ok'])
      assert.deepEqual([(await held).status, (await held).body], [200, noop])
      assert.deepEqual(await journal.until(1), ['transport close'])
      assert.equal((await peer.poll()).body, '{"code":1,"message":"Session ID unknown"}')
    })
  }

  test(`a POST over maxHttpBufferSize gets 413, on ${face}`, async (t) => {
    const { url } = await startServer(t, { '': BaseNamespace }, { maxHttpBufferSize: 100 }, face)
    const peer = await openPolling(url)
    assert.match(peer.opening.body, /"maxPayload":100\}$/)
    assert.equal((await peer.post(`42["echo","${'x'.repeat(200)}"]`)).status, 413)
  })

  test(`another method on a session gets 500, on ${face}`, async (t) => {
    const { url } = await startServer(t, { '': BaseNamespace }, {}, face)
    const peer = await openPolling(url)
    const { status, body } = await ask(peer.url, { method: 'PUT' })
    assert.deepEqual([status, body], [500, ''])
  })
}
