// Owns: the ack of one of many that an adapter asks: what is answered for those who are not to be counted.
// Elsewhere: gathering all of them (gathering.ts), the acks that a client owes (socket/acks.ts).
import { ClosedError } from '../support/errors.js'
import type { AckWaiter } from '../socket/acks.js'

export type AdapterAck = (answer: unknown) => void

/** The answer that leaves a receiver out of a count: its namespace is not open. */
export const notListed = 'socketio-middleware: not listed'

/** Waits for an ack on behalf of an adapter. */
export function adapterWaiter(endpoint: { attempt(action: () => unknown): void }, ack: AdapterAck): AckWaiter {
  const answer = (value: unknown): void => {
    endpoint.attempt(() => {
      ack(value)
    })
  }
  return {
    // It is ours alone to say that it is not listed.
    answered: ([value]) => {
      answer(value === notListed ? null : value)
    },
    // It has left meanwhile; the others are not to wait for it.
    failed: (error) => {
      if (error instanceof ClosedError) answer(notListed)
    },
  }
}
