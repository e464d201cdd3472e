// Owns: an endpoint of one process among several, for which the test answers.
// oxlint-disable no-underscore-dangle -- the adapters' names
import { Adapter } from 'socket.io-adapter'
import { EndpointOperator } from '../../../lib/rooms/endpoint-operator.js'
import { hall } from './bench.js'

type Ack = (error: unknown, responses?: unknown) => void

/** An endpoint of one process; the test answers for the others. */
export function among(processes: number | (() => unknown) = 3) {
  const asked: { name: string; args: unknown[]; ack: Ack }[] = []
  class Asking extends Adapter {
    override serverCount(): Promise<number> {
      return typeof processes === 'number' ? Promise.resolve(processes) : (processes() as Promise<number>)
    }

    override serverSideEmit([name, ...args]: [string, ...unknown[]]): void {
      asked.push({ name, args: args.slice(0, -1), ack: args.at(-1) as Ack })
    }
  }
  const scene = hall('/hall', { adapter: Asking })
  const all = new EndpointOperator(() => scene.endpoint)
  /** What another process asks here, and what it is answered. */
  const answered = (name: string, ...args: unknown[]): unknown[] => {
    const answers: unknown[] = []
    scene.endpoint._onServerSideEmit([name, ...args, (...answer: unknown[]) => answers.push(...answer)])
    return answers
  }
  return { ...scene, all, asked, answered, turn: () => new Promise(setImmediate) }
}
