// Owns: one question to many sockets, here and in other processes, and their answers.
import { AckTimeoutError } from '../support/errors.js'
import { adopt } from '../support/promises.js'
import { Deadline } from '../support/timers.js'
import { notListed } from './adapter-acks.js'
import type { BroadcastOptions } from './broadcast.js'
import type { Endpoint } from './endpoint.js'

/**
 * Sends an event to many and resolves with the first argument of each ack, in the order in which they came.
 *
 * Rejects with an AckTimeoutError, whose `responses` are those that came, when some are missing after
 * `patienceMs`.
 */
export function gatherAcks(
  endpoint: Endpoint,
  name: string,
  args: readonly unknown[],
  options: BroadcastOptions,
  patienceMs: number,
): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    const responses: unknown[] = []
    // Known only when every process has counted its receivers.
    let clients = 0
    let absent = 0
    let processesCounted = 0
    let processes = Infinity
    const { deadlines } = endpoint.server
    const deadline = new Deadline({
      deadlinePassed: () => {
        reject(new AckTimeoutError(patienceMs, responses))
      },
    })
    const check = (): void => {
      if (processesCounted < processes || responses.length + absent < clients) return
      deadlines.disarm(deadline)
      resolve(responses)
    }
    deadlines.arm(deadline, patienceMs)
    // Adapters forget the question after this time, and without it at once.
    const timed = { ...options, flags: { ...options.flags, timeout: patienceMs } }
    endpoint.broadcastWithAck(name, args, timed, {
      counted: (count) => {
        if (!Number.isSafeInteger(count) || count < 0) return
        clients += count
        processesCounted++
        check()
      },
      answered: (response) => {
        if (response === notListed) absent++
        else responses.push(response)
        check()
      },
    })
    const counting = options.flags.local === true ? 1 : endpoint.adapter.serverCount()
    // An adapter of others may answer at once.
    adopt<number>(counting as Promise<number>).then((count) => {
      processes = count
      check()
    }, reject)
  })
}
