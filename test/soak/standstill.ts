// Owns: noticing that this process stood still: a machine that is too busy, or asleep, looks to others like a silent peer.

const stepMs = 50

/** For how long nothing has run, at most, since it was last asked. */
export class Standstill {
  #longestMs = 0
  #lastMs = performance.now()

  constructor() {
    setInterval(() => this.#look(), stepMs).unref()
  }

  takeLongestMs(): number {
    this.#look()
    const longest = this.#longestMs
    this.#longestMs = 0
    return longest
  }

  #look(): void {
    const now = performance.now()
    this.#longestMs = Math.max(this.#longestMs, now - this.#lastMs - stepMs)
    this.#lastMs = now
  }
}
