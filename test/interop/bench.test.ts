// Owns: that the load of the benchmark speaks the wires as they are: it has no figures without a server that answers it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { echo } from '../bench/load/echo.js'
import { connect } from '../bench/load/arrival.js'
import { atRate } from '../bench/load/rate.js'
import { speaking } from '../bench/load/room.js'
import { Target } from '../bench/load/target.js'
import { BaseNamespace, RoomsMixin } from '../../lib/index.js'
import { startServer } from '../support/server.js'

const plan = { clients: 5, slices: 1, sliceMs: 20, warmMs: 0, rate: 1000 }
const scenarios = {
  echo: echo(1),
  pipe: echo(10),
  broadcast: speaking('one'),
  chat: speaking('all'),
  smallRoom: speaking('one', 3),
  rate: atRate,
  connect,
}

for (const wire of ['v09', 'v4'] as const) {
  for (const way of ['websocket', 'polling'] as const) {
    test(`every scenario finds its answers over ${wire}, ${way}`, async (t) => {
      class Chat extends RoomsMixin(BaseNamespace) {
        on_echo(text: unknown): unknown {
          return text
        }

        async on_join(room: string): Promise<void> {
          await this.join(room)
        }

        on_say(room: string, text: unknown): void {
          io.of('/chat').to(room).emit('say', text)
        }
      }
      const { io, port } = await startServer(t, { '/chat': Chat })
      for (const [name, scenario] of Object.entries(scenarios)) {
        const target = new Target({ name: 'ours', ports: [port], wire, way })
        t.after(() => {
          target.close()
        })
        await Promise.race([scenario.prepare?.(target, plan), target.failed])
        const units = await Promise.race([scenario.slice(target, plan), target.failed])
        assert.ok(units >= plan.clients, `${name} has done ${units}`)
        await target.drop()
      }
    })
  }
}

test('a load that breaks off says which server closed which connection', async (t) => {
  const { port } = await startServer(t, { '': BaseNamespace })
  const target = new Target({ name: 'ours, 4 clients', ports: [port], wire: 'v4', way: 'websocket' })
  void target.open(1)
  const failed = target.failed.then(
    () => '',
    (error: Error) => error.message,
  )
  // There is no /chat: its connect is refused.
  assert.match(
    await failed,
    /^ours, 4 clients: expected no refusal, got 44\/chat,.* \(its client 1, after \d+\.\d s\)$/,
  )
  target.close()
})
