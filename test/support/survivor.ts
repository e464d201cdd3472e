// Owns: a server in a process of its own, which what is tested may end: whether it lives, and what it wrote and noted.
// Elsewhere: that process (survivor-server.ts); the applications that run in it, beside their tests (*.plots.ts).
import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import http from 'node:http'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { ask } from './engine-peer.js'
import { openIn, type Generation, type Place } from './generations.js'
import { within } from './journal.js'
import type { TestServer } from './server.js'
import { Queue } from './wire-client.js'

const script = fileURLToPath(new URL('survivor-server.ts', import.meta.url))

export class Survivor implements Place {
  readonly port: number
  readonly url: string
  /** What the application noted, in order. */
  readonly notes: Queue<string>
  readonly #child: ReturnType<typeof fork>
  readonly #exit: Promise<number | null>
  readonly #written: string[]

  constructor(child: ReturnType<typeof fork>, port: number, notes: Queue<string>, written: string[]) {
    this.#child = child
    this.#exit = once(child, 'exit').then(([code]) => code as number | null)
    this.port = port
    this.url = `http://127.0.0.1:${port}`
    this.notes = notes
    this.#written = written
  }

  /** For peers that also watch their server: here there is nothing to watch. */
  get asServer(): TestServer {
    return { port: this.port, url: this.url, server: new http.Server(), io: undefined as never }
  }

  /** Runs one of the application's commands. */
  tell(command: string): void {
    this.#child.send(command)
  }

  /** What it wrote to its standard error so far. */
  get written(): string {
    return this.#written.join('')
  }

  /** The next note that begins with `start`; those before it are dropped. */
  async noted(start: string): Promise<string> {
    for (;;) {
      const note = await Promise.race([this.notes.next(), this.#exit.then(() => this.#died())])
      if (note.startsWith(start)) return note
    }
  }

  /** Serves a new client of each generation, and has not ended. */
  async assertServes(t: TestContext, generations: readonly Generation[] = ['0.9', '4']): Promise<void> {
    for (const generation of generations) {
      const serving = openIn(t, this, generation)
      // When the process is gone, that is what the test says.
      serving.catch(() => {})
      const peer = await Promise.race([serving.catch(() => this.#died()), this.#exit.then(() => this.#died())])
      peer.close()
    }
    assert.equal(this.#child.exitCode, null, this.written)
  }

  /** Whether a handshake is accepted. */
  async handshake(): Promise<number> {
    return (await ask(`${this.url}/socket.io/1/`)).status
  }

  /** Resolves once nothing has happened in that process for so long that what was about to fail has failed. */
  async quiet(): Promise<void> {
    for (let round = 0; round < 3; round++) {
      this.tell('ping')
      await this.noted('pong')
    }
  }

  async #died(): Promise<never> {
    const code = await within('the exit of a process', this.#exit)
    throw new Error(`the process ended with ${code}: ${this.written.slice(-2000)}`)
  }
}

/** Runs the application `name` of the module at `plots` in a process of its own, gone with its test. */
export async function survive(t: TestContext, plots: URL, name: string): Promise<Survivor> {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const child = fork(script, [plots.href, name], {
    env,
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  t.after(() => child.kill('SIGKILL'))
  const written: string[] = []
  child.stderr?.on('data', (text: Buffer) => written.push(text.toString()))
  child.stdout?.on('data', (text: Buffer) => written.push(text.toString()))
  const notes = new Queue<string>('a note of a process')
  const started = new Promise<number>((resolve, reject) => {
    child.once('exit', () => {
      reject(new Error(`the process did not start: ${written.join('')}`))
    })
    child.on('message', (message: { port?: number; note?: string }) => {
      if (message.port !== undefined) resolve(message.port)
      if (message.note !== undefined) notes.push(message.note)
    })
  })
  return new Survivor(child, await within('the start of a process', started), notes, written)
}
