// Owns: finding the client of a namespace that is being constructed, by the environ that its constructor is given.
import { UsageError } from '../support/errors.js'
import type { Environ } from '../socket/environ.js'
import type { Seat } from './seat.js'
import type { Socket } from './socket.js'

/** What a namespace's constructor needs of its client. */
export interface ConstructingHost {
  readonly origin: { readonly ctx: unknown }
  readonly socket: Socket
  /** The seat whose namespace is being constructed. */
  takeSeat(nsName: string): Seat
}

const hosts = new WeakMap<Environ, ConstructingHost>()

export function keepHost(environ: Environ, host: ConstructingHost): void {
  hosts.set(environ, host)
}

/** @throws UsageError SIO_USAGE_ENVIRON for an environ that no socket has made. */
export function hostOf(environ: Environ): ConstructingHost {
  const host = hosts.get(environ)
  if (host === undefined) throw constructedByOthers()
  return host
}

export function constructedByOthers(): UsageError {
  return new UsageError('SIO_USAGE_ENVIRON', 'expected a namespace to be constructed by its socket, with its environ')
}
