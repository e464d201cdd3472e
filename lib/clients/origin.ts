// Owns: what a socket began with.
import type { Environ } from '../socket/environ.js'

/** The request that a socket began with, as the framework has it. */
export interface Origin {
  readonly environ: Environ
  readonly request: unknown
  readonly ctx: unknown
  readonly session: object
}
