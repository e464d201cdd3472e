// Owns: whether more may be read from one client.
// Elsewhere: why not (namespaces/host.ts).

export class ReadGate {
  // Those who wait for reading to go on; there while it is paused.
  #waiting: (() => void)[] | undefined

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
}
