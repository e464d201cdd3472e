// Owns: what each packet of a client is answered with, over every transport: messages, events, acks, errors.
// Elsewhere: namespaces (endpoints.test.ts), texts that are no packet (bad-packets.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { overAll } from '../support/v09-cast.js'
import { transports } from '../support/v09-peers.js'

const exchanges: readonly { rule: string; sent: string; answers: readonly string[] }[] = [
  { rule: 'a message reaches its handler whole', sent: '3:::a:b\nc', answers: ['3:::echo a:b\nc'] },
  { rule: 'an empty message reaches its handler', sent: '3:::', answers: ['3:::echo '] },
  { rule: 'text beyond the BMP survives both ways', sent: '3:::é😀\ufffd', answers: ['3:::echo é😀\ufffd'] },
  { rule: 'JSON reaches its handler as a value', sent: '4:::{"a":[1,null]}', answers: ['4:::{"a":[1,null]}'] },
  { rule: 'a lone surrogate inside JSON survives both ways', sent: '4:::"\\ud83d"', answers: ['4:::"\\ud83d"'] },
  { rule: 'an automatic ack comes before the handler runs', sent: '3:1::x', answers: ['6:::1', '3:::echo x'] },
  {
    rule: 'a message is acked with what its handler returns',
    sent: '3:2+::x',
    answers: ['3:::echo x', '6:::2+["x"]'],
  },
  { rule: 'JSON is acked with what its handler returns', sent: '4:3+::[1]', answers: ['4:::[1]', '6:::3+[1]'] },
  {
    rule: 'an event is acked with a list that is its arguments',
    sent: '5:4+::{"name":"echo","args":["A",{"b":1}]}',
    answers: ['6:::4+["A",{"b":1}]'],
  },
  { rule: 'an event that returns nothing is acked without data', sent: '5:1+::{"name":"nothing"}', answers: ['6:::1'] },
  {
    rule: 'an event that returns an empty list is acked without data',
    sent: '5:1+::{"name":"echo"}',
    answers: ['6:::1'],
  },
  {
    rule: 'the id of an ack comes back as it was spelled',
    sent: '5:99999999999999999999+::{"name":"echo","args":[0]}',
    answers: ['6:::99999999999999999999+[0]'],
  },
  { rule: 'the id 0 is an id', sent: '5:0+::{"name":"nothing"}', answers: ['6:::0'] },
  {
    rule: 'args that are no list are one argument',
    sent: '5:1+::{"name":"echo","args":"str"}',
    answers: ['6:::1+["str"]'],
  },
  {
    rule: 'an automatic ack of an event comes before its handler runs',
    sent: '5:3::{"name":"burst","args":[1]}',
    answers: ['6:::3', '5:::{"name":"n","args":[0]}'],
  },
  {
    rule: 'an event without a handler is told so',
    sent: '5:::{"name":"ghost"}',
    answers: ['5:::{"name":"error","args":["no_such_method","The method \\"on_ghost\\" was not found"]}'],
  },
  {
    rule: 'an event without a handler is not acked',
    sent: '5:1+::{"name":"ghost"}',
    answers: ['5:::{"name":"error","args":["no_such_method","The method \\"on_ghost\\" was not found"]}'],
  },
]

overAll(transports, ({ open }) => {
  for (const { rule, sent, answers } of exchanges) {
    test(rule, async (t) => {
      const peer = await (await open(t)).connect()
      await peer.send(sent)
      assert.deepEqual(await peer.receiveAll(answers.length), answers)
      // Nothing else comes in between.
      await peer.send('3:::end')
      assert.equal(await peer.receive(), '3:::echo end')
    })
  }

  test('packets are handled in the order in which they were sent', async (t) => {
    const peer = await (await open(t)).connect()
    await peer.send('3:::a', '5:1+::{"name":"echo"}', '3:::b', '3:2::c')
    // The automatic ack is given on receipt, in front of everything that waits for a handler.
    const received = await peer.receiveAll(5)
    assert.deepEqual(
      received.filter((packet) => packet !== '6:::2'),
      ['3:::echo a', '6:::1', '3:::echo b', '3:::echo c'],
    )
    assert.ok(received.indexOf('6:::2') < received.indexOf('3:::echo c'))
  })

  test('a client acks the event of a server with data', async (t) => {
    const { connect, heard } = await open(t)
    const peer = await connect()
    await peer.send('5:::{"name":"ask"}')
    const [, id] = /^5:(\d+)\+::\{"name":"question","args":\["why"\]\}$/.exec(await peer.receive()) ?? []
    await peer.send(`6:::${id}+["because",42]`)
    assert.equal(await heard.next(), 'answer: ["because",42]')
  })

  test('a client acks the event of a server without data', async (t) => {
    const { connect, heard } = await open(t)
    const peer = await connect()
    await peer.send('5:::{"name":"ask"}')
    const [, id] = /^5:(\d+)\+::/.exec(await peer.receive()) ?? []
    await peer.send(`6:::${id}`)
    assert.equal(await heard.next(), 'answer: []')
  })

  test('a client acks on another endpoint than it was asked on, as Android does', async (t) => {
    const { connect, heard } = await open(t)
    const peer = await connect()
    await peer.send('5:::{"name":"ask"}')
    const [, id] = /^5:(\d+)\+::/.exec(await peer.receive()) ?? []
    await peer.send(`6::/chat:${id}+[1]`)
    assert.equal(await heard.next(), 'answer: [1]')
  })

  test('an ack counts once, however often it is sent', async (t) => {
    const { connect, heard } = await open(t)
    const peer = await connect()
    await peer.send('5:::{"name":"ask"}')
    const [, id] = /^5:(\d+)\+::/.exec(await peer.receive()) ?? []
    await peer.send(`6:::${id}+[1]`, `6:::${id}+[2]`, '3:::end')
    assert.equal(await peer.receive(), '3:::echo end')
    assert.deepEqual(heard.takeAll(), ['answer: [1]'])
  })

  test('a message of the server asks for an automatic ack', async (t) => {
    const { connect, heard } = await open(t)
    const peer = await connect()
    await peer.send('5:::{"name":"tell"}')
    const [, id] = /^3:(\d+)::news$/.exec(await peer.receive()) ?? []
    await peer.send(`6:::${id}`)
    assert.equal(await heard.next(), 'told')
  })

  test('an ack for nothing is ignored', async (t) => {
    const { connect } = await open(t)
    const peer = await connect()
    await peer.send('6:::77+[1]', '6::/ghost:77', '3:::end')
    assert.equal(await peer.receive(), '3:::echo end')
  })

  test('heartbeats, noops and errors of a client are not answered', async (t) => {
    const { connect } = await open(t)
    const peer = await connect()
    await peer.send('2::', '2:::', '8::', '7:::1+0', '3:::end')
    assert.equal(await peer.receive(), '3:::echo end')
  })

  test('what a script or a page could trip over arrives as it was sent', async (t) => {
    const { connect } = await open(t)
    const peer = await connect()
    const text = '</script><!-- \u2028\u2029 \\/ \\\\/ // "\''
    await peer.send(`3:::${text}`)
    assert.equal(await peer.receive(), `3:::echo ${text}`)
  })
})
