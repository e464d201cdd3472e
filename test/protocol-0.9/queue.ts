// Owns: waiting for what a server sends, and not for ever.

export const patienceMs = 5_000

/** Rejects when something does not come in time. */
export async function within<Result>(
  what: string,
  promise: PromiseLike<Result>,
  patience = patienceMs,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`expected ${what} within ${patience} ms`))
    }, patience)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** What came, in order, until it ends. */
export class Queue<Item> {
  readonly #what: string
  readonly #items: Item[] = []
  #isOver = false
  #wake = (): void => {}

  constructor(what: string) {
    this.#what = what
  }

  push(...items: readonly Item[]): void {
    this.#items.push(...items)
    this.#wake()
  }

  /** Nothing more comes. */
  end(): void {
    this.#isOver = true
    this.#wake()
  }

  /** The oldest that was not taken. */
  async next(patience = patienceMs): Promise<Item> {
    await this.#until(() => this.#items.length > 0 || this.#isOver, patience)
    if (this.#items.length === 0) throw new Error(`expected ${this.#what}, got the end of the connection`)
    return this.#items.shift() as Item
  }

  /** Waits for the end; returns what came before it and was not taken. */
  async ended(patience = patienceMs): Promise<readonly Item[]> {
    await this.#until(() => this.#isOver, patience, 'the end of the connection')
    return this.#items.splice(0)
  }

  async #until(isSo: () => boolean, patience: number, what = this.#what): Promise<void> {
    const end = Date.now() + patience
    while (!isSo()) {
      const woken = new Promise<void>((resolve) => (this.#wake = resolve))
      await within(what, woken, Math.max(1, end - Date.now()))
    }
  }
}
