// Owns: io.use(): functions that are asked before a namespace is made for a client.
import { ConnectError } from '../support/errors.js'
import type { ConnectPacket } from '../wire/packet.js'
import type { Socket } from './socket.js'

/** What a client asks to connect to. */
export interface ConnectRequest {
  readonly endpoint: string
  /** The query behind the endpoint's name, on 0.9 and 2. */
  readonly qs: string
  /** What a client of Socket.IO 3 or 4 sent along. */
  readonly auth: unknown
}

/** Lets a client go on by `next()`, or refuses it by `next(error)`, whose message and `data` it hears. */
export type Admission = (socket: Socket, next: (error?: Error) => void, connect: ConnectRequest) => void

/** Asks one after the other. @throws ConnectError with what the first refusal said; whatever one of them throws. */
export async function askAll(admissions: readonly Admission[], socket: Socket, connect: ConnectPacket): Promise<void> {
  const { endpoint, qs, auth } = connect
  for (const admission of admissions) {
    const refusal = await new Promise<Error | undefined>((resolve) => {
      admission(socket, resolve, { endpoint, qs, auth })
    })
    if (refusal !== undefined) throw new ConnectError(refusal.message, Reflect.get(refusal, 'data'))
  }
}
