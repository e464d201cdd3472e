// Owns: the order in which one namespace's packets are worked on, and how many may wait for it.
// Elsewhere: what is done with each (namespaces/seat.ts).

/** Works on an item at once when it can; a promise says when it is done. It never throws nor rejects. */
export type Work<Item> = (item: Item) => void | Promise<void>

/** The bound for those who cannot stop reading at once, or not for long. */
export interface Overflow {
  readonly most: number
  passed(): void
}

const never: Overflow = { most: Infinity, passed() {} }

/**
 * A queue that costs nothing while nothing waits: an item whose work returns no promise is done when `push` returns.
 *
 * It begins closed, and works from `open()` on. Past `maxWaiting` it reports that it is full, and accepts on: whoever
 * feeds it stops reading then, and what was read already is not lost.
 */
export class Inbox<Item> {
  readonly #work: Work<Item>
  readonly #concurrency: number
  readonly #maxWaiting: number
  readonly #onFull: (isFull: boolean) => void
  readonly #overflow: Overflow
  #waiting: Item[] = []
  #running = 0
  #isOpen = false
  #isFull = false
  #isLooping = false
  #whenIdle: (() => void)[] = []

  constructor(
    work: Work<Item>,
    concurrency: number,
    maxWaiting: number,
    onFull: (isFull: boolean) => void,
    overflow = never,
  ) {
    this.#work = work
    this.#concurrency = concurrency
    this.#maxWaiting = maxWaiting
    this.#onFull = onFull
    this.#overflow = overflow
  }

  push(item: Item): void {
    if (this.#mayRun && this.#waiting.length === 0) {
      this.#run(item)
      if (this.#waiting.length > 0 || this.#whenIdle.length > 0) this.#next()
      return
    }
    this.#waiting.push(item)
    if (this.#waiting.length > this.#overflow.most) this.#overflow.passed()
    if (this.#waiting.length > this.#maxWaiting && !this.#isFull) {
      this.#isFull = true
      this.#onFull(true)
    }
  }

  open(): void {
    this.#isOpen = true
    this.#next()
  }

  /** Calls back once, when it is open and nothing waits or runs: at once, if that is so now. */
  whenIdle(callback: () => void): void {
    this.#whenIdle.push(callback)
    this.#next()
  }

  /** Forgets what waits; what runs already runs on. There is nothing to wait for any more, opened or not. */
  discard(): void {
    this.#waiting = []
    this.#isOpen = true
    this.#next()
  }

  get #mayRun(): boolean {
    return this.#isOpen && this.#running < this.#concurrency
  }

  #run(item: Item): void {
    this.#running++
    const done = this.#work(item)
    if (done === undefined) {
      this.#running--
      return
    }
    void done.then(() => {
      this.#running--
      this.#next()
    })
  }

  // A loop, not a recursion: ten thousand handlers without promises may wait behind one with.
  #next(): void {
    if (this.#isLooping) return
    this.#isLooping = true
    while (this.#waiting.length > 0 && this.#mayRun) this.#run(this.#waiting.shift() as Item)
    this.#isLooping = false
    if (this.#isFull && this.#waiting.length <= this.#maxWaiting / 2) {
      this.#isFull = false
      this.#onFull(false)
    }
    if (this.#isOpen && this.#waiting.length === 0 && this.#running === 0) {
      const callbacks = this.#whenIdle
      this.#whenIdle = []
      for (const callback of callbacks) callback()
    }
  }
}
