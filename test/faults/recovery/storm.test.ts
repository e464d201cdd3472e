// Owns: clients that come back as fast as they can, one after the other and side by side.
// Elsewhere: who comes back a few hundred times, slower (test/conformance/recovery/resume-bounds.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../support/clock.js'
import { generations } from '../../support/generations.js'
import { chatServer, comeBy, type AnyClient } from '../../conformance/recovery/any-wire.js'
import { until } from '../../conformance/recovery/raw.js'

for (const wire of generations) {
  test(`a client of ${wire} that comes back 1,000 times, as fast as it can, is one client`, async (t) => {
    const server = await chatServer(t)
    let client: AnyClient = await comeBy(t, server, wire)
    for (let round = 1; round <= 1_000; round++) {
      client.emit('number', round)
      assert.deepEqual(await client.event(), ['numbered', round])
      const before = client
      // Every other one has lost its connection, which the server may or may not have noticed.
      if (round % 2 === 0) before.cut()
      client = await comeBy(t, server, wire, {
        back: { name: before.name, seen: round, offset: before.offset },
      })
      before.websocket.terminate()
    }
    assert.deepEqual(
      server.handled,
      Array.from({ length: 1_000 }, (_, at) => at + 1),
    )
    const { sockets, suspended, resumed, byTransport, backlog } = server.io.stats()
    assert.deepEqual([sockets, suspended, resumed, byTransport.websocket], [1, 0, 1_000, 1])
    assert.deepEqual(backlog, { packets: 0, bytes: 0 })
    assert.deepEqual(server.seen.slice(1).join(), Array.from({ length: 1_000 }, () => 'suspend,resume').join())
    assert.equal(server.opened.length, 1)
  })

  test(`of 50 that come back side by side as one client of ${wire}, four times, one has it, and nothing is left`, async (t) => {
    const clock = new FakeClock()
    const server = await chatServer(t, { clock, recovery: { duration: 60_000 } })
    const first = await comeBy(t, server, wire)
    let { name } = first
    let sent = 0
    for (let round = 1; round <= 4; round++) {
      const open: AnyClient['websocket'][] = []
      const come = (): Promise<AnyClient> =>
        comeBy(t, server, wire, { back: { name }, began: (websocket) => open.push(websocket) })
      const coming = Array.from({ length: 50 }, come)
      for (const each of coming) each.catch(() => {})
      await until(() => open.length === 50 && open.every(({ readyState }) => readyState > 0))
      const last = await come()
      last.emit('number', ++sent)
      await until(() => server.handled.length === sent)
      ;({ name } = last)
      // Those that came too late for it are clients of their own, as their name leads to nobody any more.
      for (const websocket of open) if (websocket !== last.websocket) websocket.terminate()
      await until(() => server.io.stats().byTransport.websocket === 1)
    }
    assert.deepEqual(server.handled, [1, 2, 3, 4])
    const { sockets, suspended } = server.io.stats()
    assert.equal(sockets, suspended + 1)
    clock.advance(60_000)
    assert.deepEqual([server.io.stats().sockets, server.io.stats().suspended], [1, 0])
  })
}
