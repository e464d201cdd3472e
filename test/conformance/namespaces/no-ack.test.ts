// Owns: a handler that does not answer an ack that its client asked for.
// Elsewhere: what handlers answer (acks.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace, noAck } from '../../../lib/index.js'
import { generations, openIn } from '../../support/generations.js'
import { startServer } from '../../support/server.js'

class Chat extends BaseNamespace {
  on_silent() {
    return noAck
  }
  async on_silent_later() {
    await new Promise(setImmediate)
    return noAck
  }
  on_maybe(isAnswered: boolean) {
    return isAnswered ? 'yes' : noAck
  }
  on_nothing() {}
  on_packet(packet: { id?: string }) {
    return packet.id === '5' ? noAck : packet.id
  }
  override recv_message() {
    return noAck
  }
}

for (const generation of generations) {
  test(`a handler that returns noAck, or a promise of it, answers no ack of ${generation}`, async (t) => {
    const peer = await openIn(t, await startServer(t, { '/chat': Chat }), generation)
    await peer.enter('/chat')
    peer.ask(1, '/chat', 'silent')
    peer.ask(2, '/chat', 'silent later')
    peer.ask(3, '/chat', 'maybe', false)
    peer.ask(4, '/chat', 'maybe', true)
    peer.ask(5, '/chat', 'packet')
    peer.ask(6, '/chat', 'packet')
    peer.ask(7, '/chat', 'nothing')
    // Without an ack to answer it means nothing.
    peer.emit('/chat', 'silent')
    assert.equal(await peer.next(), 'ack /chat 4 ["yes"]')
    assert.equal(await peer.next(), 'ack /chat 6 ["6"]')
    assert.equal(await peer.next(), 'ack /chat 7 []')
    assert.deepEqual(await peer.settled(), [])
  })

  test(`noAck passes through a decorator and an overridden step, on ${generation}`, async (t) => {
    class Wrapped extends Chat {
      override exceptionHandlerDecorator(fn: (...args: unknown[]) => unknown) {
        return async (...args: unknown[]) => fn(...args)
      }
      override processPacket(packet: never) {
        return super.processPacket(packet)
      }
    }
    const peer = await openIn(t, await startServer(t, { '/chat': Wrapped }), generation)
    await peer.enter('/chat')
    peer.ask(1, '/chat', 'silent')
    peer.ask(2, '/chat', 'maybe', true)
    assert.equal(await peer.next(), 'ack /chat 2 ["yes"]')
    assert.deepEqual(await peer.settled(), [])
  })
}

test('a message of 0.9 whose data ack recv_message does not answer is not answered', async (t) => {
  const peer = await openIn(t, await startServer(t, { '': Chat }), '0.9')
  peer.send('3:1+::hello')
  peer.ask(2, '', 'maybe', true)
  assert.deepEqual(await peer.settled(), ['ack  2 ["yes"]'])
})
