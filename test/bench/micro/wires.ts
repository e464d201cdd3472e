// Owns: what it takes to read and write packets and payloads, beside the JSON in them alone.
import type { Packet } from '../../../lib/wire/packet.js'
import { fromBuilt } from './built.js'
import type { Micro } from './turns.js'

const args = ['abcdefghijklmnopqrstuvwxyz012345', { room: 'lobby', count: 42, isNew: true }]
const event: Packet = { type: 'event', endpoint: '/chat', name: 'say', args }
const unit = 'ns for a packet'

export async function wires(): Promise<Micro[]> {
  const v09 = await fromBuilt<typeof import('../../../lib/wire/v09/packet.js')>('wire/v09/packet')
  const v5 = await fromBuilt<typeof import('../../../lib/wire/v5/packet.js')>('wire/v5/packet')
  const payload = await fromBuilt<typeof import('../../../lib/wire/v09/payload.js')>('wire/v09/payload')
  const body09 = { name: 'say', args }
  const body4 = ['say', ...args]
  const text09 = JSON.stringify(body09)
  const text4 = JSON.stringify(body4)
  const decoder = new v5.PacketDecoder({ maxJsonDepth: 1000, maxAttachments: 10 })
  const packets = Array.from({ length: 10 }, () => `5::/chat:${text09}`)
  const joined = payload.joinPayload(packets)
  const separated = packets.join('\x1e')
  const parse = (text: string) => ({ name: 'JSON.parse', run: (): unknown => JSON.parse(text) })
  const stringify = (value: unknown) => ({ name: 'JSON.stringify', run: (): unknown => JSON.stringify(value) })
  return [
    {
      name: 'decode, 0.9',
      unit,
      rows: [{ name: 'ours', run: () => v09.decodePacket(`5::/chat:${text09}`) }, parse(text09)],
    },
    { name: 'encode, 0.9', unit, rows: [{ name: 'ours', run: () => v09.encodePacket(event) }, stringify(body09)] },
    {
      name: 'decode, v5',
      unit,
      rows: [{ name: 'ours', run: () => decoder.add(`2/chat,${text4}`) }, parse(text4)],
    },
    { name: 'encode, v5', unit, rows: [{ name: 'ours', run: () => v5.encodePacket(event, 5) }, stringify(body4)] },
    {
      name: 'split a payload of 10',
      unit: 'ns for a payload',
      rows: [
        { name: 'ours', run: () => [...payload.splitPayload(joined)] },
        { name: 'String.split', run: () => separated.split('\x1e') },
      ],
    },
    {
      name: 'join a payload of 10',
      unit: 'ns for a payload',
      rows: [
        { name: 'ours', run: () => payload.joinPayload(packets) },
        { name: 'Array.join', run: () => packets.join('\x1e') },
      ],
    },
  ]
}
