// Owns: connecting to namespaces over every transport: confirmed, refused, left, asked for again.
// Elsewhere: the end of the whole session (ending.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { overAll } from '../support/v09-cast.js'
import { transports } from '../support/v09-peers.js'

const unknown = (endpoint: string): string =>
  `5::${endpoint}:{"name":"error","args":["no_such_namespace","The endpoint you tried to connect to doesn't exist: ${endpoint}"]}`

overAll(transports, ({ open }) => {
  test('a connect is confirmed', async (t) => {
    const { connect, heard } = await open(t)
    const peer = await connect()
    await peer.send('1::/chat')
    assert.equal(await peer.receive(), '1::/chat')
    assert.equal(await heard.next(), 'chat connect ')
  })

  test('a connect in four parts, as Python and Android spell it, is confirmed', async (t) => {
    const { connect } = await open(t)
    const peer = await connect()
    await peer.send('1::/chat:')
    assert.equal(await peer.receive(), '1::/chat')
  })

  test('the query of a connect reaches its handler and is not echoed', async (t) => {
    const { connect, heard } = await open(t)
    const peer = await connect()
    await peer.send('1::/chat:?token=1:2')
    assert.equal(await peer.receive(), '1::/chat')
    assert.equal(await heard.next(), 'chat connect ?token=1:2')
  })

  test('a connect again is confirmed again, and asks nobody', async (t) => {
    const { connect, heard } = await open(t)
    const peer = await connect()
    await peer.send('1::/chat')
    assert.equal(await peer.receive(), '1::/chat')
    await peer.send('1::/chat', '1::/chat')
    assert.deepEqual(await peer.receiveAll(2), ['1::/chat', '1::/chat'])
    assert.deepEqual(heard.takeAll(), ['chat connect '])
  })

  test('a connect that is refused is unauthorized, and not confirmed', async (t) => {
    const { connect } = await open(t)
    const peer = await connect()
    await peer.send('1::/private', '1::/chat')
    assert.deepEqual(await peer.receiveAll(2), ['7::/private:2', '1::/chat'])
  })

  test('packets for a namespace are answered on its endpoint', async (t) => {
    const { connect } = await open(t)
    const peer = await connect()
    await peer.send('1::/chat')
    assert.equal(await peer.receive(), '1::/chat')
    await peer.send('3::/chat:a:b', '5:1+:/chat:{"name":"echo","args":[1]}')
    assert.deepEqual(await peer.receiveAll(2), ['3::/chat:chat a:b', '6::/chat:1+[1]'])
  })

  test('an automatic ack is given on the endpoint of its packet', async (t) => {
    const { connect } = await open(t)
    const peer = await connect()
    await peer.send('1::/chat')
    assert.equal(await peer.receive(), '1::/chat')
    await peer.send('3:9:/chat:x')
    assert.deepEqual(await peer.receiveAll(2), ['6::/chat:9', '3::/chat:chat x'])
  })

  test('packets in front of a connect are handled, as a client flushes them first after a reconnect', async (t) => {
    const { connect } = await open(t)
    const peer = await connect()
    await peer.send('3::/chat:early', '1::/chat')
    const received = await peer.receiveAll(2)
    assert.deepEqual(received.toSorted(), ['1::/chat', '3::/chat:chat early'])
  })

  test('an event without a handler is told on its endpoint', async (t) => {
    const { connect } = await open(t)
    const peer = await connect()
    await peer.send('5::/chat:{"name":"ghost"}')
    const expected = '5::/chat:{"name":"error","args":["no_such_method","The method \\"on_ghost\\" was not found"]}'
    assert.equal(await peer.receive(), expected)
  })

  for (const endpoint of ['/ghost', 'chat', '/chat?x=1', 'constructor', '__proto__', 'toString', '/__proto__']) {
    test(`the endpoint ${endpoint} does not exist`, async (t) => {
      const { connect } = await open(t)
      const peer = await connect()
      await peer.send(`1::${endpoint}`, `3::${endpoint}:x`, '3:::alive')
      const received = await peer.receiveAll(3)
      // What is told at once may overtake what a handler says.
      assert.deepEqual(received.toSorted(), ['3:::echo alive', unknown(endpoint), unknown(endpoint)].toSorted())
    })
  }

  test('a namespace that is left hears so once, and no answer is sent', async (t) => {
    const { connect, heard } = await open(t)
    const peer = await connect()
    await peer.send('1::/chat')
    assert.equal(await peer.receive(), '1::/chat')
    await peer.send('0::/chat', '0::/chat')
    await peer.send('3:::alive')
    assert.equal(await peer.receive(), '3:::echo alive')
    assert.deepEqual(heard.takeAll(), ['chat connect ', 'chat: client namespace disconnect'])
  })

  test('what was sent in front of a disconnect is handled first', async (t) => {
    const { connect, heard } = await open(t)
    const peer = await connect()
    await peer.send('1::/chat', '3::/chat:bye', '0::/chat')
    assert.deepEqual(await peer.receiveAll(2), ['1::/chat', '3::/chat:chat bye'])
    await heard.next()
    assert.equal(await heard.next(), 'chat: client namespace disconnect')
  })

  test('packets for a namespace that was left are ignored until it is asked for again', async (t) => {
    const { connect } = await open(t)
    const peer = await connect()
    await peer.send('1::/chat')
    assert.equal(await peer.receive(), '1::/chat')
    await peer.send('0::/chat', '3::/chat:late')
    await peer.send('1::/chat')
    assert.equal(await peer.receive(), '1::/chat')
    await peer.send('3::/chat:again')
    assert.equal(await peer.receive(), '3::/chat:chat again')
  })

  test('a namespace that the server ends is told to the client, and may be asked for again', async (t) => {
    const { connect, heard } = await open(t)
    const peer = await connect()
    await peer.send('1::/chat')
    assert.equal(await peer.receive(), '1::/chat')
    await peer.send('5::/chat:{"name":"kick"}')
    assert.equal(await peer.receive(), '0::/chat')
    await heard.next()
    assert.equal(await heard.next(), 'chat: server namespace disconnect')
    await peer.send('1::/chat')
    assert.equal(await peer.receive(), '1::/chat')
  })

  test('after a refusal only another connect asks again', async (t) => {
    const { connect } = await open(t)
    const peer = await connect()
    await peer.send('1::/private')
    assert.equal(await peer.receive(), '7::/private:2')
    await peer.send('3::/private:x')
    assert.match(await peer.receive(), /^5::\/private:\{"name":"error","args":\["method_access_denied",/)
    await peer.send('1::/private')
    assert.equal(await peer.receive(), '7::/private:2')
  })
})
