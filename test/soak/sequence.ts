// Owns: the books: numbered messages, and which of them were lost, came twice or came in the wrong order.
//
// A message is lost when it has not come by the end of what a client was certain to get: all numbers up to the one that
// an answer names which was sent after them on the same stream, or, where the client broke off, up to the last that came.

/** What is counted over all clients. The second half must be zero. */
export class Tally {
  sent = 0
  delivered = 0
  lost = 0
  duplicated = 0
  outOfOrder = 0
  garbled = 0
  /** Connections that ended, or answers that did not come, though the client had done nothing to deserve it. */
  cut = 0
  /** What was cut, and how often. */
  readonly #reasons = new Map<string, number>()

  cutOff(reason: string): void {
    this.cut++
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1)
  }

  get faults(): readonly string[] {
    const names = ['lost', 'duplicated', 'outOfOrder', 'garbled', 'cut'] as const
    const reasons = [...this.#reasons].slice(0, 20).map(([reason, count]) => `${count} times: ${reason}`)
    return [...names.filter((name) => this[name] > 0).map((name) => `${name}: ${this[name]}`), ...reasons]
  }
}

/** Messages that are numbered without gaps, from one sender to one receiver. */
export class Sequence {
  readonly #tally: Tally
  #next: number
  readonly #missing = new Set<number>()

  /** @param first the first number that must come. */
  constructor(tally: Tally, first = 1) {
    this.#tally = tally
    this.#next = first
  }

  take(number: number): void {
    this.#tally.delivered++
    if (number === this.#next) this.#next++
    else if (number > this.#next) {
      for (let missing = this.#next; missing < number; missing++) this.#missing.add(missing)
      this.#next = number + 1
    } else if (this.#missing.delete(number)) this.#tally.outOfOrder++
    else this.#tally.duplicated++
  }

  /** Nothing more is to come: all up to `last` should be there, or all up to the last that came. */
  close(last = this.#next - 1): void {
    this.#tally.lost += this.#missing.size + Math.max(0, last - this.#next + 1)
    this.#missing.clear()
  }
}
