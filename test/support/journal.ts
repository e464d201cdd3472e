// Owns: waiting, with a deadline, for what happens elsewhere: in a handler, in a client.

/** How long anything may take before its test fails. */
export const patienceMs = 15_000

/** The promise's value, or an error that says what was waited for. */
export async function within<Value>(what: string, promise: Promise<Value>, ms = patienceMs): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`${what} has not come within ${ms} ms`))
    }, ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** What handlers saw, in order, for tests to wait for. */
export class Journal<Entry = unknown> {
  readonly entries: Entry[] = []
  readonly #waiting = new Set<() => void>()

  note(entry: Entry): void {
    this.entries.push(entry)
    for (const look of this.#waiting) look()
  }

  /** All entries, once there are `count` of them. */
  async until(count: number): Promise<Entry[]> {
    let look: () => void = () => {}
    const full = new Promise<void>((resolve) => {
      look = () => {
        if (this.entries.length >= count) resolve()
      }
    })
    this.#waiting.add(look)
    look()
    try {
      await within(`entry ${count} of a journal that holds ${JSON.stringify(this.entries).slice(0, 300)}`, full)
    } finally {
      this.#waiting.delete(look)
    }
    return this.entries
  }
}
