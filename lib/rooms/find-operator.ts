// Owns: io.of(): the operator of one endpoint, or of all that match a pattern.
// Elsewhere: the operators themselves (endpoint-operator.ts, pattern-operator.ts).
import { UsageError, quote } from '../support/errors.js'
import { withoutMemory } from '../support/patterns.js'
import { adviceFor } from '../support/unknown-names.js'
import { EndpointOperator } from './endpoint-operator.js'
import type { Endpoints } from './endpoints.js'
import { Operator, type AnyEvents, type EventMap } from './operator.js'
import { PatternOperator } from './pattern-operator.js'

/** What of an application is looked through. */
export interface DeclaredEndpoints {
  readonly endpoints: Endpoints
  readonly namespaces: {
    readonly names: Iterable<string>
    find(endpoint: string): object | undefined
  }
}

/** What `io.of()` is: an application's events are what it says they are. */
export interface FindOperator {
  /**
   * All sockets of an endpoint: `io.of('/chat').to('lobby').emit('notice', 'from a route')`.
   * @throws UsageError SIO_USAGE_ENDPOINT when it is not declared.
   */
  <Events extends EventMap = AnyEvents>(endpoint: string): EndpointOperator<Events>
  /** All sockets of every endpoint that matches and has been used in this process. */
  <Events extends EventMap = AnyEvents>(pattern: RegExp): PatternOperator<Events>
}

/** @throws UsageError SIO_USAGE_ENDPOINT for a name that is not declared, with the nearest that is. */
export function findOperator(
  { endpoints, namespaces }: DeclaredEndpoints,
  name: unknown,
): EndpointOperator | PatternOperator {
  if (name instanceof RegExp) {
    const pattern = withoutMemory(name)
    return new PatternOperator(() => endpoints.matching(pattern).map((endpoint) => new Operator(() => endpoint)))
  }
  const endpoint = name === '/' ? '' : name
  if (typeof endpoint === 'string' && namespaces.find(endpoint) !== undefined) {
    return new EndpointOperator(() => endpoints.obtain(endpoint))
  }
  const advice = typeof endpoint === 'string' ? adviceFor(endpoint, [...namespaces.names]) : undefined
  throw new UsageError(
    'SIO_USAGE_ENDPOINT',
    `expected a declared endpoint, got ${quote(name)}${advice === undefined ? '' : `: ${advice}`}`,
  )
}
