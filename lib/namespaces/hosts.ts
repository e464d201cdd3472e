// Owns: finding the client of a namespace that is being constructed, by the environ that its constructor is given.
import { UsageError } from '../support/errors.js'
import type { Environ } from '../socket/environ.js'
import type { Seat } from '../clients/instance.js'
import type { Socket } from './socket.js'

/** What a namespace's constructor needs of its client. */
export interface ConstructingHost {
  readonly origin: { readonly environ: Environ; readonly ctx: unknown }
  readonly socket: Socket
  /** The seat whose namespace is being constructed. */
  takeSeat(nsName: string): Seat
}

// Constructing is synchronous, and only its own client constructs a namespace: there is never more than one to find.
let constructing: ConstructingHost | undefined

/** Constructs a namespace on behalf of `host`. */
export function constructFor<Namespace>(host: ConstructingHost, construct: () => Namespace): Namespace {
  const before = constructing
  constructing = host
  try {
    return construct()
  } finally {
    constructing = before
  }
}

/** @throws UsageError SIO_USAGE_ENVIRON for an environ other than that of the client which constructs. */
export function hostOf(environ: Environ): ConstructingHost {
  if (constructing?.origin.environ !== environ) throw constructedByOthers()
  return constructing
}

export function constructedByOthers(): UsageError {
  return new UsageError('SIO_USAGE_ENVIRON', 'expected a namespace to be constructed by its socket, with its environ')
}
