// Owns: the way of an event to its handler and of the ack back, and of a broadcast to many, without a network.
import { fromBuilt } from './built.js'
import { CountingStream, microServer } from './server.js'
import type { Micro } from './turns.js'

const args = ['abcdefghijklmnopqrstuvwxyz012345']
const members = 1000

/** Those, and what lets their clients go again. */
export async function dispatch(): Promise<{ micros: Micro[]; close: () => void }> {
  const { BaseNamespace } = await fromBuilt<typeof import('../../../lib/index.js')>('index')
  const { decodePacket } = await fromBuilt<typeof import('../../../lib/wire/v09/packet.js')>('wire/v09/packet')

  class Chat extends BaseNamespace {
    on_echo(text: unknown): unknown {
      return text
    }
  }

  const server = await microServer({ '/chat': Chat })
  const enter = async (): Promise<ReturnType<typeof server.open>> => {
    const client = server.open()
    client.socket.receive(decodePacket('1::/chat'))
    // Opening takes a few promises.
    while (client.stream.last !== '1::/chat') await new Promise(setImmediate)
    return client
  }
  const { socket, stream } = await enter()
  for (let count = 1; count < members; count++) await enter()
  const room = server.of('/chat')

  const body = JSON.stringify({ name: 'echo', args })
  const text = `5:7+:/chat:${body}`
  const echo = (): string => {
    socket.receive(decodePacket(text))
    return stream.last
  }
  const plain = { echo: (said: unknown) => said }
  const direct = (): string => {
    const event = JSON.parse(body) as { args: unknown[] }
    return `6::/chat:7+${JSON.stringify([plain.echo(event.args[0])])}`
  }
  if (echo() !== direct()) throw new Error(`expected ${direct()}, got ${echo()}`)

  const streams = Array.from({ length: members }, () => new CountingStream())
  const said = { name: 'say', args }
  const broadcast = (): number => {
    room.emit('say', ...args)
    return stream.sent
  }
  const before = stream.sent
  if (broadcast() !== before + 1) throw new Error('expected a broadcast to reach every member at once')

  const micros: Micro[] = [
    {
      name: 'dispatch with ack',
      unit: 'ns for an event and its ack',
      rows: [
        { name: 'ours', run: echo },
        { name: 'JSON and a method call', run: direct },
      ],
    },
    {
      name: `broadcast to ${members}`,
      unit: 'ns for a broadcast',
      rows: [
        { name: 'ours', run: broadcast },
        {
          name: 'JSON once and a loop',
          run: () => {
            const frames = [`5::/chat:${JSON.stringify(said)}`]
            for (const one of streams) one.send(frames)
            return frames
          },
        },
      ],
    },
  ]
  return { micros, close: server.close }
}
