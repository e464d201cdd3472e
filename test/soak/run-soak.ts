// Owns: the course of a soak: warming up, the crowd, its leaving, and what must be as it was before.
// Elsewhere: the clients (crowd.ts), the server (server.ts), the command line (soak.ts).
import { execFileSync, fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import http from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Crowd, randomOf, type Pace } from './crowd.js'
import { Tally } from './sequence.js'
import type { Condition, Question } from './server.js'
import { Standstill } from './standstill.js'

export interface Soak {
  readonly seconds: number
  readonly sockets: number
  readonly seed: number
  /** How long a client may be silent before the server takes it for lost. */
  readonly silenceMs: number
  readonly say: (line: string) => void
}

// How much larger the heap of the empty server may be at the end than after the warm-up. Code that V8 has compiled since,
// and tables that have grown with the crowd, come to about 1 MB; two minutes with 2,000 sockets are more than 5,000 visits,
// so that 500 bytes kept of each are past it.
const heapTolerance = { ratio: 1.1, bytes: 1_000_000 }
// The same for those who stay from the beginning to the end, from the middle on: by then they have done all that there is
// to do, and are as many of each kind.
const residentsTolerance = { ratio: 1.05, bytes: 500_000 }
const reportMs = 5_000

/** Runs one, and gives what was wrong. */
export async function soak({ seconds, sockets, seed, silenceMs, say }: Soak): Promise<string[]> {
  checkFiles(sockets)
  const child = startServer(silenceMs)
  const agent = new http.Agent({ keepAlive: true, maxFreeSockets: 1_000 })
  try {
    const [{ port }] = (await once(child, 'message')) as [{ port: number }]
    const random = randomOf(seed)
    say(`${sockets} sockets for ${seconds} s, seed ${seed}`)

    const start = await ask(child)
    // Everything is done once by some of each kind: what is compiled and cached for it is no leak.
    const warming = new Crowd({ port, agent }, new Tally(), paceOf(Math.min(sockets, 400), 500, 2_000), random)
    await sleep(Math.min(15_000, (seconds * 1_000) / 4))
    await warming.leave()
    agent.destroy()
    const before = await emptied(child, start, silenceMs)
    say(`warmed up: ${describe(before)}`)

    const tally = new Tally()
    const place = { port, agent }
    const residents = new Crowd(place, tally, residentsPace(sockets), random)
    const standstill = new Standstill()
    const withResidents: Condition[] = []
    let visits = 0
    let stoodStill = 0
    for (const half of [1, 2]) {
      const crowd = new Crowd(place, tally, paceOf(sockets - residents.size, 20_000, 50_000), random)
      for (let passed = 0; passed < seconds / 2; passed += reportMs / 1_000) {
        await sleep(Math.min(reportMs, (seconds / 2 - passed) * 1_000))
        const state = await ask(child)
        stoodStill = Math.max(stoodStill, state.stoodStill, standstill.takeLongestMs())
        say(report(((half - 1) * seconds) / 2 + passed + reportMs / 1_000, state, visits + crowd.visits, tally))
      }
      await crowd.leave()
      visits += crowd.visits
      closeUnused(agent)
      const atRest = await residents.whileAtRest(() => alone(child, residents.size, silenceMs))
      say(`with those who stay: ${describe(atRest)}`)
      withResidents.push(atRest)
    }
    await residents.leave()
    agent.destroy()
    const after = await emptied(child, start, silenceMs)
    say(`at the end: ${describe(after)}; ${visits} visits, ${tally.delivered} delivered`)
    const faults = [...tally.faults, ...leftOver(start, after), ...grown(before, after, withResidents)]
    // A server that was not running while its clients spoke has heard nobody.
    if (tally.cut > 0 && stoodStill > silenceMs / 4) {
      faults.push(
        `one of the two processes stood still for ${stoodStill.toFixed(0)} ms: this machine has too much to do`,
      )
    }
    return faults
  } finally {
    agent.destroy()
    if (child.exitCode === null) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  }
}

/** The process that is soaked. */
export function startServer(silenceMs: number, ...args: string[]): ChildProcess {
  return fork(join(import.meta.dirname, 'server.ts'), [String(silenceMs), ...args], {
    execArgv: ['--import', 'tsx', '--expose-gc'],
  })
}

// Together, the connections that the crowd has left behind weigh more than the residents.
function closeUnused(agent: http.Agent): void {
  for (const connections of Object.values(agent.freeSockets)) for (const one of connections ?? []) one.destroy()
}

function paceOf(sockets: number, thinkMs: number, stayMs: number): Pace {
  // Node accepts one connection in each turn of its loop: on a busy machine that is not many in a second.
  return { sockets, arrivals: 80, thinkMs, stayMs }
}

function residentsPace(sockets: number): Pace {
  return { sockets: Math.ceil(sockets / 10), arrivals: 80, thinkMs: 5_000, stayMs: Infinity }
}

function report(passed: number, state: Condition, visits: number, tally: Tally): string {
  const { sent, delivered, lost, duplicated, outOfOrder, cut } = tally
  return (
    `${passed.toFixed(0).padStart(5)} s  ${describe(state)}  visits ${visits}  sent ${sent}  delivered ${delivered}  ` +
    `lost ${lost}  duplicated ${duplicated}  out of order ${outOfOrder}  cut ${cut}  stood still ${state.stoodStill.toFixed(0)} ms`
  )
}

/** The server's condition when only so many are left: who has gone without a word is noticed by then. */
function alone(child: ChildProcess, sockets: number, silenceMs: number): Promise<Condition> {
  return settled(child, silenceMs, (state) => state.sockets <= sockets)
}

/** The server's condition when everybody is gone. */
export function emptied(child: ChildProcess, start: Condition, silenceMs: number): Promise<Condition> {
  return settled(child, silenceMs, (state) => leftOver(start, state).length === 0)
}

/** The server's condition when it is as expected, or when that takes too long. */
async function settled(
  child: ChildProcess,
  silenceMs: number,
  isAsExpected: (state: Condition) => boolean,
): Promise<Condition> {
  // Twice, as one silence may begin when another duration ends.
  const deadline = performance.now() + 2 * silenceMs + 10_000
  for (;;) {
    const state = await ask(child)
    if (isAsExpected(state) || performance.now() > deadline) return ask(child, { isAtRest: true })
    await sleep(500)
  }
}

export function leftOver(start: Condition, end: Condition): string[] {
  const faults: string[] = []
  const names = [
    'sockets',
    'suspended',
    'namespaces',
    'rooms',
    'members',
    'timers',
    'otherTimers',
    'connections',
    'listeners',
  ] as const
  for (const name of names) {
    // The first connection makes a listener or two that stay.
    const allowed = name === 'listeners' ? start.listeners + 2 : start[name]
    if (end[name] > allowed) faults.push(`${name}: ${start[name]} at the start, ${end[name]} at the end`)
  }
  if (end.misheard > 0) faults.push(`${end.misheard} messages of clients were lost, came twice or out of order`)
  if (end.present.length > 0) faults.push(`still there: ${end.present.join(', ')}`)
  return [...faults, ...end.errors.map((error) => `errorHandler: ${error}`)]
}

export function grown(before: Condition, after: Condition, withResidents: readonly Condition[] = []): string[] {
  const faults: string[] = []
  if (after.heap > before.heap * heapTolerance.ratio + heapTolerance.bytes) {
    faults.push(
      `heap of the empty server: ${megabytes(before.heap)} after the warm-up, ${megabytes(after.heap)} at the end`,
    )
  }
  const [middle = 0, end = 0] = withResidents.map(({ heap }) => heap)
  if (end > middle * residentsTolerance.ratio + residentsTolerance.bytes) {
    faults.push(`heap with those who stay: ${megabytes(middle)} in the middle, ${megabytes(end)} at the end`)
  }
  return faults
}

export async function ask(child: ChildProcess, question: Question = { isAtRest: false }): Promise<Condition> {
  if (child.exitCode !== null) throw new Error(`the server has ended with ${child.exitCode}`)
  const gone = new AbortController()
  const answer = once(child, 'message', { signal: gone.signal })
  const end = (): void => gone.abort(new Error('the server has ended'))
  child.once('exit', end)
  child.send(question)
  const [condition] = (await answer) as [Condition]
  child.off('exit', end)
  return condition
}

export function describe({
  sockets,
  suspended,
  namespaces,
  rooms,
  timers,
  otherTimers,
  connections,
  heap,
  rss,
}: Condition): string {
  return (
    `sockets ${sockets}  suspended ${suspended}  namespaces ${namespaces}  rooms ${rooms}  timers ${timers}+${otherTimers}  ` +
    `connections ${connections}  heap ${megabytes(heap)}  rss ${megabytes(rss)}`
  )
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}

// A client may have a poll, a POST and an older connection that waits to be used again, at either end.
function checkFiles(sockets: number): void {
  if (process.platform === 'win32') return
  const limit = execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim()
  const needed = sockets * 3 + 1_500
  if (limit !== 'unlimited' && Number(limit) < needed) {
    throw new Error(`expected "ulimit -n" of at least ${needed} for ${sockets} sockets, got ${limit}`)
  }
}
