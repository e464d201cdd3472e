// Owns: texts and payloads that break the grammar, over every transport: told once, and the socket lives.
// Elsewhere: the grammar itself (test/unit/wire/v09), passed bounds (posts.test.ts, streams.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { overAll } from '../support/v09-cast.js'
import { framed, httpTransports, transports } from '../support/v09-peers.js'

const invalid = /^5:::\{"name":"error","args":\["invalid_packet","[^\n]{1,160}"\]\}$/

const garbage = [
  'hello',
  '::',
  '0',
  '3:',
  '9:::x',
  '03:::x',
  '-1:::x',
  '\n3:::x',
  '3:abc::x',
  '4:::{bad',
  '5:::{bad',
  '5:::null',
  '6:::abc',
  '6:::1+5',
  '6:::1+"abc"',
  '6:::1+{"length":1000000000}',
  '6:::__proto__',
  'x'.repeat(100_000),
]

overAll(transports, ({ open }) => {
  for (const text of garbage) {
    test(`${JSON.stringify(text.slice(0, 40))} is told to be no packet, and the socket lives`, async (t) => {
      const { connect } = await open(t)
      const peer = await connect()
      await peer.sendPayload(text)
      assert.match(await peer.receive(), invalid)
      await peer.send('3:::alive')
      assert.equal(await peer.receive(), '3:::echo alive')
    })
  }

  test('an ack with arguments that are no list does not use up the ack', async (t) => {
    const { connect, heard } = await open(t)
    const peer = await connect()
    await peer.send('5:::{"name":"ask"}')
    const [, id] = /^5:(\d+)\+::/.exec(await peer.receive()) ?? []
    await peer.send(`6:::${id}+{"length":1000000000}`)
    assert.match(await peer.receive(), invalid)
    await peer.send(`6:::${id}+["real"]`)
    assert.equal(await heard.next(), 'answer: ["real"]')
  })

  for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
    test(`the event ${name} has no handler`, async (t) => {
      const { connect } = await open(t)
      const peer = await connect()
      await peer.send(`5:::{"name":"${name}"}`)
      const expected = `5:::{"name":"error","args":["no_such_method","The method \\"on_${name}\\" was not found"]}`
      assert.equal(await peer.receive(), expected)
    })
  }

  for (const [rule, event] of [
    ['without a name', '{"args":[1]}'],
    ['whose name is empty', '{"name":""}'],
    ['whose name is a number', '{"name":7}'],
    ['whose name is too long', `{"name":"${'x'.repeat(257)}"}`],
  ] as const) {
    test(`an event ${rule} is not allowed`, async (t) => {
      const { connect } = await open(t)
      const peer = await connect()
      await peer.send(`5:::${event}`)
      assert.match(await peer.receive(), /^5:::\{"name":"error","args":\["unallowed_event_name",/)
    })
  }
})

overAll(httpTransports, ({ open }) => {
  test('bad packets are told once for a payload, and the good ones between them are handled', async (t) => {
    const { connect } = await open(t)
    const peer = await connect()
    await peer.send('hello', '3:::a', '9:::x', '3:::b', '5:::null')
    const received = await peer.receiveAll(3)
    // What is told at once may overtake what a handler says.
    assert.equal(received.filter((packet) => invalid.test(packet)).length, 1)
    const echoes = received.filter((packet) => !invalid.test(packet))
    assert.deepEqual(echoes, ['3:::echo a', '3:::echo b'])
    await peer.send('3:::end')
    assert.equal(await peer.receive(), '3:::echo end')
  })

  test('the next payload with a bad packet is told again', async (t) => {
    const { connect } = await open(t)
    const peer = await connect()
    await peer.send('hello')
    assert.match(await peer.receive(), invalid)
    await peer.send('hello')
    assert.match(await peer.receive(), invalid)
  })

  for (const [rule, rest] of [
    ['that overruns the body', '\ufffd99\ufffd3:::b'],
    ['that is no number', '\ufffdx\ufffd3:::b'],
    ['that is negative', '\ufffd-5\ufffd3:::b'],
    ['without a mark behind it', '\ufffd5'],
  ] as const) {
    test(`packets in front of a length ${rule} are handled, and it is told once`, async (t) => {
      const { connect } = await open(t)
      const peer = await connect()
      await peer.sendPayload(`${framed('3:::a', 'hello')}${rest}`)
      const received = await peer.receiveAll(2)
      assert.equal(received.filter((packet) => invalid.test(packet)).length, 1)
      assert.ok(received.includes('3:::echo a'))
      await peer.send('3:::end')
      assert.equal(await peer.receive(), '3:::echo end')
    })
  }
})
