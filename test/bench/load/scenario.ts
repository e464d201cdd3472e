// Owns: what a scenario is, and how large it is run.
import type { Target } from './target.js'

/** The size of a run. */
export interface Plan {
  /** Turns of each server. */
  readonly slices: number
  readonly sliceMs: number
  /** How much CPU a server is to have used before it is measured, so that its code is optimised. */
  readonly warmMs: number
  /** How many clients there are; for connections and memory, how many come in each slice. */
  readonly clients: number
  /** Events a second, where they do not come as fast as they can. */
  readonly rate?: number
}

export interface Scenario {
  /** Of what the server has used the difference before and after a slice counts. */
  readonly measures: 'cpu' | 'memory'
  /** Brings in the clients, and checks the server's answers byte for byte. */
  prepare?(target: Target, plan: Plan): Promise<void>
  /** Works for one slice, and resolves with the units of work done. What took how long it adds to the target's `times`. */
  slice(target: Target, plan: Plan): Promise<number>
  /** Comes after the slices that only warm up. */
  warmed?(target: Target): Promise<void>
}
