// Owns: one round against a server: many inputs at a time, witnesses before, during and after, and nothing left at its end.
// Elsewhere: one input (assault.ts), what the server counts (arena.ts), how long it goes on (live-server.test.ts, long.ts).
import { assault } from './assault.js'
import type { Arena } from './arena.js'
import { crew } from './crew.js'
import { caseOf, Find } from './kinds.js'
import { Random } from './random.js'
import { kinds, type Kind } from './seeds.js'
import { Witnesses } from './witnesses.js'

// Those under way, and some that have just been: an error may come late.
const mostRecent = 50

interface Input {
  readonly kind: Kind
  readonly bytes: Buffer
  readonly random: Random
  readonly from: string
}

/**
 * Runs cases of a seed from `first` on until `isOver` says so: the number of the next.
 * @throws Find for the input that broke something; an AggregateError of them when no single one breaks it again.
 */
export async function runRound(
  arena: Arena,
  seed: number,
  first: number,
  isOver: (index: number) => boolean,
): Promise<number> {
  const witnesses = await Witnesses.enter(arena)
  try {
    const next = await attackAll(arena, seed, first, isOver)
    await witnesses.assertServed()
    // And whoever comes now.
    const others = await Witnesses.enter(arena)
    others.leave()
    return next
  } finally {
    witnesses.leave()
    await arena.assertDeserted()
  }
}

async function attackAll(
  arena: Arena,
  seed: number,
  first: number,
  isOver: (index: number) => boolean,
): Promise<number> {
  const recent: Input[] = []
  let suspects: readonly Input[] = []
  let index = first
  const attack = async (input: Input): Promise<void> => {
    recent.push(input)
    if (recent.length > mostRecent) recent.shift()
    try {
      await assault(arena, input.kind, input.bytes, input.random)
    } catch (error) {
      arena.faults.push(error)
    }
    if (arena.faults.length > 0 && suspects.length === 0) suspects = [...recent]
  }
  await crew(() => (isOver(index) || arena.faults.length > 0 ? undefined : attack(inputOf(seed, index++))))
  if (arena.faults.length > 0) throw await guilty(arena, suspects)
  return index
}

function inputOf(seed: number, index: number): Input {
  const kind = kinds[index % kinds.length] as Kind
  return { kind, ...caseOf(kind, seed, index), from: `seed ${seed}, case ${index}` }
}

/** Which of the inputs that were under way, or had just been, breaks it again, alone. */
async function guilty(arena: Arena, suspects: readonly Input[]): Promise<Error> {
  const [cause] = arena.faults.splice(0)
  for (const { kind, bytes, from } of suspects) {
    for (let tries = 0; tries < 20; tries++) {
      await assault(arena, kind, bytes, new Random(tries)).catch((error: unknown) => arena.faults.push(error))
      if (arena.faults.length > 0) return new Find(kind, bytes, from, arena.faults[0])
    }
  }
  const finds = suspects.map(({ kind, bytes, from }) => new Find(kind, bytes, from, cause))
  return new AggregateError(finds, `one of\n${finds.map(({ message }) => message).join('\n')}`, { cause })
}
