// Owns: whether more may be read from one client, and whether something of it is being read.
// Elsewhere: why not (clients/backlog.ts).

export class ReadGate {
  // Those who wait for reading to go on; there while it is paused.
  #waiting: (() => void)[] | undefined
  #arriving = 0
  #watcher: (() => void) | undefined

  get isOpen(): boolean {
    return this.#waiting === undefined
  }

  shut(): void {
    this.#waiting ??= []
  }

  open(): void {
    const readers = this.#waiting ?? []
    this.#waiting = undefined
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
