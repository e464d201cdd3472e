// Owns: processes of the benchmark: started with a channel to them, on one core where that can be said, and ended with it.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'

const hasTaskset = spawnSync('taskset', ['-V']).status === 0

/**
 * The core of all servers and of the load. One, not two: on a virtual machine a wake-up across cores is charged to whoever
 * wakes, and drowns what is measured.
 */
export const core = hasTaskset ? availableParallelism() - 1 : undefined

export class Child {
  readonly #process: ChildProcess
  readonly #name: string
  #complaint = ''

  constructor(name: string, args: readonly string[]) {
    this.#name = name
    const command = [process.execPath, ...args]
    if (core !== undefined) command.unshift('taskset', '-c', String(core))
    const [program = '', ...rest] = command
    this.#process = spawn(program, rest, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    this.#process.stderr?.on('data', (text: Buffer) => (this.#complaint += text.toString().slice(0, 2000)))
  }

  /** What it has said of what went wrong. */
  get complaint(): string {
    return this.#complaint
  }

  send(message: object): void {
    this.#process.send(message)
  }

  /** The next message from it; rejects when it ends instead, or has nothing to say for a minute or two. */
  async next<Message>(patienceMs = 120_000): Promise<Message> {
    // The load has many messages: what is listened to for one of them ends with it.
    const done = new AbortController()
    const over = AbortSignal.any([AbortSignal.timeout(patienceMs), done.signal])
    const ended = once(this.#process, 'exit', { signal: over }).then(() => {
      throw new Error(`expected ${this.#name} to run, it has ended: ${this.#complaint}`)
    })
    try {
      const [message] = (await Promise.race([once(this.#process, 'message', { signal: over }), ended])) as [Message]
      return message
    } finally {
      done.abort()
    }
  }

  async end(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const exited = once(this.#process, 'exit')
    this.#process.kill()
    await exited
  }
}
