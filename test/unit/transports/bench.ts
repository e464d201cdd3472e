// Owns: an owner of transports that notes what it is told.
import type { Transport, TransportOwner } from '../../../lib/transports/transport.js'
import type { Frame } from '../../../lib/wire/v09/frame.js'
import { encodePacket } from '../../../lib/wire/v09/packet.js'

export interface NotingOwner extends TransportOwner {
  readonly heard: string[]
}

export function notingOwner(): NotingOwner {
  const heard: string[] = []
  return {
    heard,
    receive: (packet) => heard.push(`received ${encodePacket(packet)}`),
    reject: (error) => heard.push(`rejected ${Reflect.get(error, 'code')}`),
    released: ({ name }: Transport) => heard.push(`released ${name}`),
    renamed: ({ name }: Transport) => heard.push(`renamed ${name}`),
    settled: (_transport, undelivered) =>
      heard.push(`settled, back: ${undelivered.map((frame) => (frame as Frame).text).join(' ') || 'nothing'}`),
  }
}
