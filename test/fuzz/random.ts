// Owns: chance that can be had again: the same seed gives the same choices.

/** A generator of 32 bits of state (Mulberry32): fast, and good enough to stir bytes. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** The generator of one case of a run: far from its neighbours'. */
  static ofCase(seed: number, index: number): Random {
    return new Random(Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(index + 1, 0xc2b2ae35))
  }

  /** An integer from 0 to `end`, without it. */
  below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000) * end)
  }

  /** True once in `n` times. */
  oneIn(n: number): boolean {
    return this.below(n) === 0
  }

  pick<Item>(items: readonly Item[]): Item {
    if (items.length === 0) throw new Error('expected something to pick from')
    return items[this.below(items.length)] as Item
  }
}

/** A seed that no run has had, for the runs that look for something new. */
export function newSeed(): number {
  return Date.now() % 0x1_0000_0000
}

/**
 * The seed that a run was given, or else the same at every run: what `npm test` says is about the code alone. It is
 * printed, so that a find can be had again.
 */
export function seedOfRun(given: string | undefined, otherwise = 1): number {
  const seed = given === undefined ? otherwise : Number(given)
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffff_ffff) {
    throw new Error(`expected a seed from 0 to 4294967295, got ${given}`)
  }
  return seed
}
