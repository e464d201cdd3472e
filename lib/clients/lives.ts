// Owns: which life of which namespace of a client of Socket.IO 4 was confirmed last.
// Elsewhere: the private ids that name them (recovery/pid.ts).

interface Life {
  readonly endpoint: string
  readonly number: number
  next: Life | undefined
}

/** The newest first. Most clients have one or two: a Map weighs several times as much (bench: memory). */
export class Lives {
  #newest: Life | undefined
  #count = 0

  /** Begins a new life of a namespace: its number. Of `most` endpoints at the most the last ones are kept. */
  begin(endpoint: string, most: number): number {
    this.#newest = { endpoint, number: ++this.#count, next: this.#newest }
    let before = this.#newest
    for (let kept = 1; before.next !== undefined;) {
      if (before.next.endpoint === endpoint || kept >= most) before.next = before.next.next
      else {
        before = before.next
        kept++
      }
    }
    return this.#count
  }

  of(endpoint: string): number | undefined {
    for (let life = this.#newest; life !== undefined; life = life.next) {
      if (life.endpoint === endpoint) return life.number
    }
    return undefined
  }
}
