// Owns: whether more may be read from one client, and whether something of it is being read.
// Elsewhere: why not (clients/backlog.ts).

export class ReadGate {
  readonly #counts: { paused: number }
  // Those who wait for reading to go on; there while it is paused.
  #waiting: (() => void)[] | undefined
  #arriving = 0
  #watcher: (() => void) | undefined

  /** @param counts of all clients together. */
  constructor(counts: { paused: number }) {
    this.#counts = counts
  }

  get isOpen(): boolean {
    return this.#waiting === undefined
  }

  shut(): void {
    if (this.#waiting !== undefined) return
    this.#waiting = []
    this.#counts.paused++
  }

  open(): void {
    const readers = this.#waiting
    if (readers === undefined) return
    this.#waiting = undefined
    this.#counts.paused--
    for (const reader of readers) reader()
  }

  /** Calls back when more may be read: at once, if that is now. */
  whenOpen(reader: () => void): void {
    if (this.#waiting === undefined) reader()
    else this.#waiting.push(reader)
  }

  /** Whether no POST is on its way in. */
  get isStill(): boolean {
    return this.#arriving === 0
  }

  /** A POST has begun to come. */
  begin(): void {
    this.#arriving++
  }

  /** Its packets have been received, or never will be. */
  end(): void {
    this.#arriving--
    this.#watcher?.()
  }

  /** Calls back whenever a POST has come in. */
  watch(look: () => void): void {
    this.#watcher = look
  }
}
