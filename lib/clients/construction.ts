// Owns: making one namespace of the application's class, and looking at what its constructor and hooks have
// put on it.
// Elsewhere: what is read of the class (namespaces/class-table.ts), the steps that follow (opening.ts).
import { ConnectError, UsageError } from '../support/errors.js'
import { disown, within } from '../support/promises.js'
import type { AnyNamespace } from '../namespaces/any-namespace.js'
import { checkConnectMethod, checkFields, currentTable } from '../namespaces/class-table.js'
import { checkConnect } from '../namespaces/contract/checked-call.js'
import { constructIn, guardDisconnect, isOf, type NamespaceContext } from '../namespaces/namespace-context.js'
import { sessionOf } from '../namespaces/sessions/client-sessions.js'
import type { InstanceCalls } from './calls.js'

/** The instance whose namespace it is. */
export interface Constructing extends NamespaceContext {
  readonly calls: InstanceCalls
  checked: { readonly auth: unknown } | undefined
  readonly client: NamespaceContext['client'] & {
    readonly origin: { readonly request: unknown }
    readonly app: { readonly handshakeTimeout: number }
  }
}

// Tables of the classes that refuse every client: the developer has seen the report.
const toldOf = new WeakSet<object>()

/** A mistake in a class refuses every client, and is reported once. */
export function refusedByMistake({ calls, declared }: Constructing, step: string, mistake: unknown): ConnectError {
  if (!toldOf.has(declared.table)) calls.failed(step, mistake)
  toldOf.add(declared.table)
  return new ConnectError('connection refused')
}

/**
 * Reads the class as it is now, and has its schema check what came with the connect, within
 * `handshakeTimeout`, before anything is constructed: what is not valid reaches no code of the application's.
 * @throws ConnectError for what is not valid, and for a mistake in the class, which has been reported;
 *   whatever the schema throws.
 */
export function checkAuth(instance: Constructing, auth: unknown): Promise<void> | undefined {
  const { declared, client } = instance
  try {
    declared.table = currentTable(declared.table)
  } catch (mistake) {
    throw refusedByMistake(instance, 'constructor', mistake)
  }
  const { connect } = declared.table.checks
  const checked = connect === undefined ? undefined : checkConnect(connect, auth, instance)
  return checked && within(client.app.deadlines, client.app.handshakeTimeout, checked)
}

/** @throws whatever the constructor throws. */
export function constructNamespace(instance: Constructing): AnyNamespace {
  const { declared, client, calls } = instance
  const { namespaceClass } = declared
  const { environ, request } = client.origin
  if (declared.table.freshFor !== undefined) requireSession(instance)
  const namespace = constructIn(instance, () => new namespaceClass(environ, declared.endpoint, request as never))
  // A constructor may return something else.
  if (!isOf(namespace, instance)) {
    disown(namespace)
    throw new UsageError('SIO_USAGE_NAMESPACE', `expected ${namespaceClass.name} to construct a namespace`)
  }
  calls.namespace = namespace
  checkNamespace(instance, namespace, 'constructor')
  return namespace
}

function requireSession(instance: Constructing): void {
  try {
    sessionOf(instance.client)
  } catch (mistake) {
    throw refusedByMistake(instance, 'session', mistake)
  }
}

/**
 * Looks at what a step of the application's has put on its namespace: hooks in the form of fields guard
 * nothing.
 * @throws ConnectError when there are any, which have been reported.
 */
export function checkNamespace(instance: Constructing, namespace: AnyNamespace, step: string): void {
  const { declared, calls } = instance
  try {
    checkFields(namespace, calls.watchedConnect)
    checkConnectMethod(namespace, declared.table, calls.watchedConnect)
  } catch (mistake) {
    throw refusedByMistake(instance, step, mistake)
  }
  const disconnect: unknown = Reflect.get(namespace, 'disconnect')
  const ours: unknown = Reflect.get(declared.table.base.prototype as object, 'disconnect')
  if (disconnect !== ours) guardDisconnect(namespace, instance, disconnect)
}
