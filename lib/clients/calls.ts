// Owns: how the application's code is called: through its exceptionHandlerDecorator, and with its failures reported.
// Elsewhere: what a packet calls (dispatch.ts), who hears of failures (error-handler.ts).
import { HandlerError } from '../support/errors.js'
import { isPromiseLike } from '../support/promises.js'
import type { Packet } from '../wire/packet.js'
import type { Acl } from '../namespaces/acl.js'
import { call, dispatchPlainly, hasPlainDispatch } from '../namespaces/dispatch.js'
import type { JobsOwner } from '../namespaces/jobs.js'
import type { AnyNamespace } from '../namespaces/any-namespace.js'
import type { DeclaredNamespace } from '../namespaces/declarations.js'
import type { Handler } from '../namespaces/types.js'

/** Where reports go, with the endpoint that they are about. */
export interface Reporter {
  report(name: string, message: string, endpoint: string, msgId?: string, quiet?: boolean, error?: HandlerError): void
}

export class Caller implements JobsOwner {
  /** Set once it is constructed. */
  namespace: AnyNamespace | undefined
  readonly #declared: DeclaredNamespace
  #isPlain = false
  readonly #reporter: Reporter

  constructor(declared: DeclaredNamespace, reporter: Reporter) {
    this.#declared = declared
    this.#reporter = reporter
  }

  /** The namespace is open: what its class, its constructor and `initialize` have overridden is known. */
  opened(): void {
    this.#isPlain = this.#declared.table.isPlain && hasPlainDispatch(this.namespace as AnyNamespace)
  }

  /** Gives a packet to the namespace; an event to its method at once, where no step on the way is overridden. */
  process(packet: Packet, acl: Acl, maxNameLength: number): unknown {
    const { namespace } = this
    if (namespace === undefined) return undefined
    if (packet.type !== 'event' || !this.#isPlain) return namespace.processPacket(packet)
    return dispatchPlainly(namespace, this.#declared.table, acl, packet, maxNameLength)
  }

  /** Calls a method that a packet may reach. */
  call(methodName: string, packet: Packet, args: unknown[]): unknown {
    const namespace = this.namespace as AnyNamespace
    return call(namespace, this.#declared.table, methodName, packet, args, decoratorOf(namespace))
  }

  /** Calls a function that nobody waits for, an ack callback say. */
  callBack(fn: Handler, args: readonly unknown[]): void {
    this.attempt(fn.name || 'ack callback', () => this.decorate(fn)(...args))
  }

  /** Runs what nobody waits for, and reports its failure, be it a throw or a rejection. */
  attempt(name: string, run: () => unknown): void {
    try {
      const result = run()
      if (!isPromiseLike(result)) return
      result.then(undefined, (error: unknown) => {
        this.failed(name, error)
      })
    } catch (error) {
      this.failed(name, error)
    }
  }

  decorate(fn: Handler): Handler {
    return (this.namespace && decoratorOf(this.namespace)?.(fn)) ?? fn
  }

  jobFailed(name: string, error: unknown): void {
    this.#fail(`The job "${name}" failed`, error)
  }

  /** Something threw that no packet asked for: the client is not told. */
  failed(methodName: string, error: unknown): void {
    this.#fail(`The method "${methodName}" failed`, error)
  }

  #fail(message: string, error: unknown): void {
    this.report('handler_failed', message, undefined, true, new HandlerError(message, error))
  }

  report(name: string, message: string, msgId?: string, quiet = false, error?: HandlerError): void {
    this.#reporter.report(name, message, this.#declared.endpoint, msgId, quiet, error)
  }
}

// It may be a method, or a static one, as in the original.
function decoratorOf(namespace: AnyNamespace): ((fn: Handler) => Handler) | undefined {
  if (namespace.exceptionHandlerDecorator !== undefined) return (fn) => namespace.exceptionHandlerDecorator?.(fn) ?? fn
  const onClass: unknown = Reflect.get(namespace.constructor, 'exceptionHandlerDecorator')
  if (typeof onClass !== 'function') return undefined
  return (fn) => (onClass as (fn: Handler) => Handler).call(namespace.constructor, fn)
}
