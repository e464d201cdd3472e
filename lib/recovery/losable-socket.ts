// Owns: what a socket keeps of the connections that it has lost. Most never lose one: nothing is made before
// (bench: recovery).
// Elsewhere: what becomes of one that has (suspendable-socket.ts, recoverable-socket.ts).
import type { LossReason } from '../socket/lifecycle.js'
import { VirtualSocket } from '../socket/virtual-socket.js'
import type { HeldReturn } from './held-return.js'
import type { Keeper, RecoverableSettings } from './keeper.js'

interface Loss {
  reason: LossReason
  address: string
  olderNames: readonly string[] | undefined
  /** Waits for the application to let it in. */
  returning: HeldReturn | undefined
}

export abstract class LosableSocket<Kept> extends VirtualSocket {
  declare protected readonly settings: RecoverableSettings<Kept>
  /** The client of the application's side. */
  client: object | undefined
  protected loss: Loss | undefined

  serve(client: object): void {
    this.client = client
  }

  get keeper(): Keeper<Kept> {
    return this.settings.keeper
  }

  protected get lossMade(): Loss {
    const { address } = this
    return (this.loss ??= { reason: 'transport close', address, olderNames: undefined, returning: undefined })
  }

  /** The address that a suspended one counts for: that of its last connection. */
  get address(): string {
    return this.loss?.address ?? this.keeper.hooks.addressOf(this.client as object)
  }

  protected set address(address: string) {
    this.lossMade.address = address
  }

  /** Names that led to it, in the order in which they came, until a later one has been of use. */
  get olderNames(): readonly string[] | undefined {
    return this.loss?.olderNames
  }

  /** Its page says this name still: it is the last that is given up. */
  pageSays(name: string): void {
    const { olderNames } = this
    if (olderNames === undefined || olderNames.indexOf(name) < 1) return
    this.olderNames = [...olderNames.filter((other) => other !== name), name]
  }

  protected set olderNames(names: readonly string[]) {
    this.lossMade.olderNames = names
  }

  /** The names that lead to it are given up but for the last. */
  forgetOlderNames(): void {
    if (this.loss !== undefined) this.loss.olderNames = undefined
  }

  protected get returning(): HeldReturn | undefined {
    return this.loss?.returning
  }

  protected set returning(returning: HeldReturn | undefined) {
    if (returning !== undefined || this.loss !== undefined) this.lossMade.returning = returning
  }
}
