// Owns: packets over each transport: the transcripts, acks that the server asks for, and what is no packet.
import assert from 'node:assert/strict'
import { overAll, type Case } from '../case.js'
import { transports } from '../client.js'
import { exchanges, rubbish, session } from '../transcripts.js'

const asksWhy = /^5:(\d+)\+::\{"name":"question","args":\["why"\]\}$/

export const packets: readonly Case[] = [
  ...overAll(transports, 'the transport begins with a connect of the root', async (target, transport) => {
    await target.open(transport)
  }),
  ...Object.entries(exchanges).flatMap(([name, { said, heard }]) =>
    overAll(transports, name, async (target, transport) => {
      const client = await target.open(transport)
      await client.send(...said)
      assert.deepEqual(await client.take(heard.length), heard)
    }),
  ),
  ...overAll(transports, 'a whole session', async (target, transport) => {
    const client = await target.open(transport)
    for (const { said, heard } of session) {
      await client.send(...said)
      assert.deepEqual(await client.take(heard.length), heard)
    }
  }),
  ...overAll(
    transports,
    'a message with an id and no "+" is acknowledged by the library',
    async (target, transport) => {
      const client = await target.open(transport)
      await client.send('3:4::x')
      assert.deepEqual((await client.take(2)).toSorted(), ['3:::echo x', '6:::4'])
    },
  ),
  ...overAll(transports, 'an ack of the client reaches the callback of the server', async (target, transport) => {
    const client = await target.open(transport)
    await client.send('5:::{"name":"ask"}')
    const question = await client.next()
    const [, id] = asksWhy.exec(question) ?? assert.fail(`expected an event with an id and "+", got ${question}`)
    await client.send(`6:::${id}+["because",1]`)
    assert.equal(await client.next(), '3:::answer ["because",1]')
  }),
  ...overAll(transports, 'an ack without data reaches the callback of a message', async (target, transport) => {
    const client = await target.open(transport)
    await client.send('5:::{"name":"tell"}')
    const message = await client.next()
    const [, id] = /^3:(\d+)::news$/.exec(message) ?? assert.fail(`expected a message with an id, got ${message}`)
    await client.send(`6:::${id}`)
    assert.equal(await client.next(), '3:::told')
  }),
  ...Object.entries(rubbish).flatMap(([what, said]) =>
    overAll(transports, `${what}: the session lives on`, async (target, transport) => {
      const client = await target.open(transport)
      await client.send(...said)
      await client.send('3:::alive')
      assert.equal(await client.nextButErrors(), '3:::echo alive')
    }),
  ),
  ...overAll(transports, 'a packet in front of its connect asks for the namespace, too', async (target, transport) => {
    const client = await target.open(transport)
    await client.send('3::/chat:early', '1::/chat')
    assert.deepEqual((await client.take(2)).toSorted(), ['1::/chat', '3::/chat:chat early'])
  }),
  ...overAll(transports, 'a namespace that was left handles nothing', async (target, transport) => {
    const client = await target.open(transport)
    await client.send('1::/chat')
    assert.equal(await client.next(), '1::/chat')
    await client.send('5::/chat:{"name":"kick"}')
    assert.equal(await client.next(), '0::/chat')
    await client.send('3:::x', '0::/chat', '3:::y')
    assert.deepEqual(await client.take(2), ['3:::echo x', '3:::echo y'])
  }),
]
