// Owns: handlers that run out of stack: what fails is theirs, and all others are served on.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace, type DisconnectReason, RoomsMixin } from '../../lib/index.js'
import { enter, generations } from '../support/generations.js'
import { Journal } from '../support/journal.js'
import { startServer } from '../support/server.js'

class Tree extends RoomsMixin(BaseNamespace) {
  on_walk() {
    this.#visit(0)
  }
  on_tell() {
    this.#visit(0, () => this.server.of('/tree').emit('seen'))
  }
  on_hi() {
    return 'hi'
  }
  // Near the edge of the stack each level sends.
  #visit(depth: number, tell: () => unknown = () => this.emit('seen', depth)): void {
    try {
      this.#visit(depth + 1, tell)
    } finally {
      tell()
    }
  }
}

for (const event of ['walk', 'tell']) {
  test(`a handler that overflows the stack, and sends on its way back by ${event}, silences nobody`, async (t) => {
    t.mock.method(console, 'error', () => {})
    const seen = new Journal<string>()
    class Walked extends Tree {
      override recv_disconnect(reason: DisconnectReason) {
        seen.note('left')
        super.recv_disconnect(reason)
      }
    }
    const server = await startServer(
      t,
      { '/tree': Walked, '/calm': class extends BaseNamespace {} },
      { errorHandler: () => seen.note('failed') },
    )
    for (let round = 0; round < 8; round++) {
      const walker = await enter(t, server, generations[round % 3] ?? '4', '/tree')
      walker.emit('/tree', event)
      // Its own websocket may be deaf now: a write of `ws` or of Node that overflows leaves a stream corked.
      await seen.until(2 * round + 1)
      walker.close()
      await seen.until(2 * round + 2)
      // Whoever comes next is answered.
      await enter(t, server, '4', '/calm')
    }
    const peer = await enter(t, server, '4', '/tree')
    peer.ask(1, '/tree', 'hi')
    assert.equal(await peer.next(), 'ack /tree 1 ["hi"]')
    assert.deepEqual(seen.entries, Array.from({ length: 8 }, () => ['failed', 'left']).flat())
  })
}
