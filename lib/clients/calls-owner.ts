// Owns: what the calls of an application's methods need of the instance whose they are.
// Elsewhere: the calls (calls.ts), the instance (instance.ts).
import type { ReportedError } from '../support/errors.js'
import type { Acl } from '../namespaces/acl.js'
import type { DeclaredNamespace } from '../namespaces/any-namespace.js'
import type { NamespaceContext } from '../namespaces/namespace-context.js'

/** The instance whose calls these are. */
export interface CallsOwner {
  readonly declared: DeclaredNamespace
  readonly acl: Acl
  readonly restrictions: Acl | undefined
  readonly isOver: boolean
  readonly standing: { readonly mayAct: boolean }
  sendAck(id: string, args: readonly unknown[]): void
  readonly client: NamespaceContext['client'] & {
    report(
      name: string,
      message: string,
      endpoint: string,
      msgId?: string,
      quiet?: boolean,
      error?: ReportedError,
    ): void
  }
}
