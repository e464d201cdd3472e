// Owns: the order in which one namespace's packets are worked on, and how many may wait for it.
// Elsewhere: what is done with each (clients/instance.ts), how much may wait for one client altogether
// (clients/backlog.ts).

/** Whose inbox it is: works on the items, and stops reading while it is full. */
export interface InboxOwner<Item> {
  /** How many items may be worked on at once. */
  readonly concurrency: number
  /** How many may wait before its source has to stop. */
  readonly maxWaiting: number
  /** The bound for those who cannot stop at once, or not for long. */
  readonly mostWaiting: number
  /** Works on an item at once when it can; a promise says when it is done. It never throws nor rejects. */
  work(item: Item): void | Promise<void>
  inboxFilled(isFull: boolean): void
  inboxOverflowed(): void
  /** One packet more waits, of so many bytes, or one less. */
  inboxWeighs(bytes: number, packets: 1 | -1): void
}

interface Waiting<Item> {
  readonly item: Item
  readonly bytes: number
}

/**
 * A queue that costs nothing while nothing waits: an item whose work returns no promise is done when `push`
 * returns.
 *
 * It begins closed, and works from `open()` on. Past `maxWaiting` it reports that it is full, and accepts on:
 * its source stops reading then, and what was read already is not lost.
 */
export class Inbox<Item> {
  readonly #owner: InboxOwner<Item>
  // There while something waits, or somebody: most inboxes never need them.
  #waiting: Waiting<Item>[] | undefined
  #whenIdle: (() => void)[] | undefined
  #running = 0
  #state: 'closed' | 'open' | 'over' = 'closed'
  #isFull = false
  #isLooping = false

  constructor(owner: InboxOwner<Item>) {
    this.#owner = owner
  }

  /** @param bytes what the item weighs while it waits. */
  push(item: Item, bytes = 0): void {
    if (this.#state === 'over') return
    // Where nothing runs, one item may (bench: echo).
    if (this.#waiting === undefined && (this.#running === 0 ? this.#state === 'open' : this.#mayRun)) {
      this.#run(item)
      if (this.#waiting !== undefined || this.#whenIdle !== undefined) this.#next()
      return
    }
    const waiting = (this.#waiting ??= [])
    waiting.push({ item, bytes })
    this.#owner.inboxWeighs(bytes, 1)
    if (waiting.length > this.#owner.mostWaiting) this.#owner.inboxOverflowed()
    // Either may have ended the client: reading does not stop for what is over.
    if (this.#waiting === waiting && waiting.length > this.#owner.maxWaiting && !this.#isFull) {
      this.#isFull = true
      this.#owner.inboxFilled(true)
    }
  }

  open(): void {
    this.#state = 'open'
    this.#next()
  }

  /** Calls back once, when it is open and nothing waits or runs: at once, if that is so now. */
  whenIdle(callback: () => void): void {
    ;(this.#whenIdle ??= []).push(callback)
    this.#next()
  }

  /**
   * Forgets what waits and what will come; what runs already runs on. There is nothing to wait for any more,
   * opened or not.
   */
  discard(): void {
    if (this.#state === 'over') return
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    this.#state = 'over'
    for (const { bytes } of waiting) this.#owner.inboxWeighs(-bytes, -1)
    this.#next()
  }

  /** Whether nothing runs, and nothing waits that could. */
  get isIdle(): boolean {
    return this.#running === 0 && this.#waiting === undefined
  }

  /** What waits, in its order. */
  get waiting(): readonly Item[] {
    return this.#waiting?.map(({ item }) => item) ?? []
  }

  get #mayRun(): boolean {
    return this.#state === 'open' && this.#running < this.#owner.concurrency
  }

  #run(item: Item): void {
    this.#running++
    const done = this.#owner.work(item)
    if (done === undefined) {
      this.#running--
      return
    }
    const over = (): void => {
      this.#running--
      this.#next()
    }
    done.then(over, over)
  }

  // A loop, not a recursion: ten thousand handlers without promises may wait behind one with.
  #next(): void {
    if (this.#isLooping) return
    this.#isLooping = true
    while (this.#waiting !== undefined && this.#mayRun) {
      const { item, bytes } = this.#waiting.shift() as Waiting<Item>
      if (this.#waiting.length === 0) this.#waiting = undefined
      this.#owner.inboxWeighs(-bytes, -1)
      this.#run(item)
    }
    this.#isLooping = false
    const left = this.#waiting?.length ?? 0
    if (this.#isFull && left <= this.#owner.maxWaiting / 2) {
      this.#isFull = false
      this.#owner.inboxFilled(false)
    }
    if (this.#state !== 'closed' && left === 0 && this.#running === 0) {
      const callbacks = this.#whenIdle ?? []
      this.#whenIdle = undefined
      for (const callback of callbacks) callback()
    }
  }
}
