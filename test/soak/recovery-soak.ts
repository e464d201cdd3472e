// Owns: a soak with the option `recovery`: real clients of each generation whose connections break by chance, again and again; what
// they receive, and what is left of them.
// Elsewhere: the server (server.ts, numbers.ts), clients that never come back (run-soak.ts).
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { CuttingProxy } from '../faults/cutting-proxy.js'
import { Random } from '../faults/random.js'
import { countingLibraries, Listener, ways, type Way } from '../faults/recovery/listeners.js'
import { ask, describe, emptied, grown, leftOver, startServer, type Soak } from './run-soak.js'
import { Sequence, Tally } from './sequence.js'

const libraries = countingLibraries()
const patienceMs = 30_000
const reportMs = 5_000

/** What is counted over all clients. */
class Books extends Tally {
  visits = 0
  returns = 0
  readonly cuts = { requests: 0, responses: 0, held: 0 }
}

/** Runs one, and gives what was wrong. */
export async function soakRecovery({ seconds, sockets, seed, silenceMs, say }: Soak): Promise<string[]> {
  const child = startServer(silenceMs, 'recovery')
  try {
    const [{ port }] = (await once(child, 'message')) as [{ port: number }]
    say(`${sockets} clients that come back for ${seconds} s, seed ${seed}`)
    const start = await ask(child)
    // Everything is done once: what is compiled and cached for it is no leak.
    await crowd(port, sockets, seed, Math.min(15, seconds / 4), new Books())
    const before = await emptied(child, start, silenceMs)
    say(`warmed up: ${describe(before)}`)

    const books = new Books()
    let passed = 0
    const reporting = setInterval(() => {
      passed += reportMs
      void ask(child).then((state) => say(`${passed / 1_000} s  ${describe(state)}  ${print(books)}`))
    }, reportMs)
    await crowd(port, sockets, seed + 1, seconds, books)
    clearInterval(reporting)
    const after = await emptied(child, start, silenceMs)
    say(`at the end: ${describe(after)}; ${print(books)}`)
    return [...books.faults, ...leftOver(start, after), ...grown(before, after)]
  } finally {
    if (child.exitCode === null) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  }
}

function print({ visits, returns, delivered, lost, duplicated, outOfOrder, cut, cuts }: Books): string {
  return (
    `visits ${visits}  returns ${returns}  broken ${JSON.stringify(cuts)}  delivered ${delivered}  lost ${lost}  ` +
    `duplicated ${duplicated}  out of order ${outOfOrder}  stuck ${cut}`
  )
}

async function crowd(port: number, size: number, seed: number, seconds: number, books: Books): Promise<void> {
  const end = performance.now() + seconds * 1_000
  await Promise.all(
    Array.from({ length: size }, async (_, index) => {
      const random = new Random(seed * 1_000 + index)
      const way = ways[index % ways.length] as Way
      await sleep(random.below(2_000))
      while (performance.now() < end) await visit(port, way, random, books)
    }),
  )
}

/** One client, from its coming to its leaving; its connections break for some seconds. */
async function visit(port: number, way: Way, random: Random, books: Books): Promise<void> {
  books.visits++
  const afterwards: (() => unknown)[] = []
  const t = { after: (run: () => unknown) => afterwards.push(run) } as unknown as ConstructorParameters<
    typeof Listener
  >[0]
  const proxy = new CuttingProxy(random, port, true)
  proxy.stopCutting()
  const listener = new Listener(t, `http://127.0.0.1:${await proxy.listen(t)}`, way, libraries)
  try {
    await listener.connected()
    proxy.startCutting()
    const end = performance.now() + 2_000 + random.below(8_000)
    while (performance.now() < end) {
      await sleep(200 + random.below(1_500))
      // A stream that was left whole breaks, too.
      proxy.cutAll()
    }
    proxy.stopCutting()
    await account(way.name, listener, books)
  } catch (error) {
    books.cutOff(`${way.name}: ${(error as Error).message.slice(0, 200)}`)
  }
  books.returns += listener.back.entries.length
  for (const name of ['requests', 'responses', 'held'] as const) books.cuts[name] += proxy.cuts[name]
  for (const run of afterwards.toReversed()) await run()
}

/** Asks how many numbers there were, until that is answered, and counts what has come of them. */
async function account(name: string, listener: Listener, books: Books): Promise<void> {
  const answers: number[] = []
  const late = performance.now() + patienceMs
  while (answers.length === 0) {
    listener.emit('last', (count: number) => answers.push(count))
    await sleep(500)
    if (performance.now() > late) throw new Error('no answer')
  }
  const [last = 0] = answers
  if (last > 0) await listener.until(last - 1)
  const { lost, duplicated, outOfOrder } = books
  for (const { entries } of [listener.numbers, listener.others]) {
    const sequence = new Sequence(books)
    for (const number of entries) sequence.take((number as number) + 1)
    sequence.close()
  }
  if (books.lost > lost || books.duplicated > duplicated || books.outOfOrder > outOfOrder) {
    const gap = listener.numbers.entries.findIndex((number, index) => number !== index)
    const around = listener.numbers.entries.slice(Math.max(0, gap - 2), gap + 4).join(' ')
    books.cutOff(`${name}: ${gap < 0 ? 'in /other' : `${around} at ${gap}`}, ${listener.back.entries.length} returns`)
  }
}
