// Owns: waiting, with a deadline, for what happens elsewhere: in a handler, in a client.

/** How long anything may take before its test fails. */
export const patienceMs = 15_000

/** The promise's value, or an error that says what was waited for. */
export async function within<Value>(
  what: string | (() => string),
  promise: Promise<Value>,
  ms = patienceMs,
): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`${typeof what === 'string' ? what : what()} has not come within ${ms} ms`))
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
  readonly #waiting = new Map<() => void, number>()

  note(entry: Entry): void {
    this.entries.push(entry)
    for (const [resume, count] of this.#waiting) if (this.entries.length >= count) resume()
  }

  /** All entries, once there are `count` of them. */
  async until(count: number): Promise<Entry[]> {
    if (this.entries.length >= count) return this.entries
    const full = new Promise<void>((resolve) => {
      this.#waiting.set(resolve, count)
    })
    await within(() => `entry ${count} of a journal that holds ${JSON.stringify(this.entries)}`, full)
    return this.entries
  }
}
