// Owns: io.of(): the operator of one endpoint, or of all that match a pattern.
// Elsewhere: the operators themselves (endpoint-operator.ts, pattern-operator.ts).
import { UsageError, quote } from '../support/errors.js'
import { withoutMemory } from '../support/patterns.js'
import { adviceFor, nearestFirst } from '../support/unknown-names.js'
import { EndpointOperator } from './endpoint-operator.js'
import type { Endpoints } from './endpoints.js'
import { Operator, type AnyEvents, type EventMap } from './operator.js'
import { PatternOperator } from './pattern-operator.js'

/** What of an application is looked through. */
export interface DeclaredEndpoints {
  readonly endpoints: Endpoints
  readonly namespaces: {
    readonly names: Iterable<string>
    /** The names, and the patterns as the application wrote them. */
    readonly declarations: Iterable<string>
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

const mostListed = 20

/**
 * @throws UsageError SIO_USAGE_ENDPOINT for a name that is not declared, with those that are, the nearest
 *   first.
 */
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
  const told = typeof endpoint === 'string' ? declaredBeside(endpoint, namespaces) : ''
  throw new UsageError('SIO_USAGE_ENDPOINT', `expected a declared endpoint, got ${quote(name)}${told}`)
}

function declaredBeside(endpoint: string, { names, declarations }: DeclaredEndpoints['namespaces']): string {
  const all = [...names]
  const advice = adviceFor(endpoint, all)
  const patterns = [...declarations].filter((declared) => !all.includes(declared))
  const listed = [...nearestFirst(endpoint, all), ...patterns].map((declared) => (declared === '' ? "''" : declared))
  const left = listed.length - mostListed
  const rest = left > 0 ? ` and ${left} more` : ''
  return `${advice === undefined ? '.' : `: ${advice}`} Declared: ${listed.slice(0, mostListed).join(', ')}${rest}`
}
