// Owns: how the application's methods are called for one instance, what becomes of the result, and where
// failures go.
// Elsewhere: which method a packet calls (namespaces/dispatch.ts), where reports end
// (namespaces/error-handler.ts).
import { ClosedError, HandlerError, isA, type ReportedError } from '../support/errors.js'
import { disown, isPromiseLike } from '../support/promises.js'
import { attempt, nameOf } from '../support/user-code.js'
import type { Packet } from '../wire/packet.js'
import type { AnyNamespace } from '../namespaces/any-namespace.js'
import { callChecked } from '../namespaces/contract/checked-call.js'
import { accessDenied, call, dispatchPlainly, methodOf, noAck, type Decorate } from '../namespaces/dispatch.js'
import type { JobsOwner } from '../namespaces/jobs.js'
import type { Calls } from '../namespaces/namespace-context.js'
import { sessionOf } from '../namespaces/sessions/client-sessions.js'
import type { TurnTaker } from '../namespaces/sessions/client-session.js'
import { isLifeHook, isOurs, isPlain } from '../namespaces/steps.js'
import { handlerTrace, traceCall, type CallKind } from '../namespaces/trace-call.js'
import type { Handler } from '../namespaces/types.js'
import type { CallsOwner } from './calls-owner.js'
import { ConnectVerdict } from './connect-verdict.js'
import { decoratorOf } from './decorators.js'
import { failureOf } from './failures.js'

export class InstanceCalls implements Calls, JobsOwner, TurnTaker {
  /** Set once it is constructed. */
  namespace: AnyNamespace | undefined
  /** There while recv_connect is asked. */
  verdict: ConnectVerdict | undefined
  /** What stands for recv_connect on a namespace that may call it by name. */
  watchedConnect: unknown
  readonly #owner: CallsOwner

  constructor(owner: CallsOwner) {
    this.#owner = owner
  }

  // A packet.

  /**
   * Handles a packet; a handler that returns no promise is done when this returns. It never throws nor
   * rejects.
   *
   * An event goes to its method at once where no step on the way is overridden, and nobody follows it.
   */
  handle(packet: Packet): void | Promise<void> {
    const { namespace } = this
    if (namespace === undefined) return undefined
    const { declared, restrictions, client } = this.#owner
    const { table } = declared
    let result: unknown
    try {
      const isShort = packet.type === 'event' && !table.hasStaticDecorator && !handlerTrace.isWatched
      result =
        isShort && isPlain(namespace)
          ? dispatchPlainly(namespace, table, restrictions, packet, client.app.maxEventNameLength)
          : namespace.processPacket(packet)
      if (!isPromiseLike(result)) {
        this.#answer(packet, result)
        return
      }
    } catch (error) {
      this.#packetFailed(packet, error)
      return
    }
    return this.#finish(packet, result)
  }

  async #finish(packet: Packet, result: PromiseLike<unknown>): Promise<void> {
    try {
      this.#answer(packet, await result)
    } catch (error) {
      this.#packetFailed(packet, error)
    }
  }

  // [09:ack-2] An id with "+" is answered by what the handler returns: an array is the arguments, anything
  // else is one.
  #answer(packet: Packet, result: unknown): void {
    if (packet.ack !== 'data' || packet.id === undefined || result === noAck) return
    this.#owner.sendAck(packet.id, Array.isArray(result) ? result : result === undefined ? [] : [result])
  }

  #packetFailed(packet: Packet, error: unknown): void {
    const failure = failureOf(packet, error)
    if (failure.error !== undefined && this.#isOnlyTheEnd(failure.error.cause)) return
    const { name, message, details } = failure
    this.failAck(packet, name, message, details)
    this.report(name, message, packet.id, false, failure.error)
  }

  /** Answers the ack of what has failed, where the class says so: its client waits for it. */
  failAck({ ack, id }: Packet, name: string, message: string, details?: unknown): void {
    if (ack !== 'data' || id === undefined || !this.#owner.declared.table.checks.ackErrors) return
    this.#owner.sendAck(id, [{ error: details === undefined ? { name, message } : { name, message, details } }])
  }

  // What waited for a client that has gone is rejected: nobody's failure.
  #isOnlyTheEnd(error: unknown, isEnded = this.#owner.isOver): boolean {
    return isEnded && isA(error, ClosedError)
  }

  // recv_connect.

  /** It is asked from now on: also where a step of the namespace's own calls it by name. */
  askConnect(namespace: AnyNamespace): ConnectVerdict {
    this.verdict = new ConnectVerdict()
    if (
      !isOurs(namespace, 'processPacket') ||
      !isOurs(namespace, 'callMethodWithAcl') ||
      !isOurs(namespace, 'callMethod')
    ) {
      this.watchedConnect = (packet: Packet): unknown => {
        const method = this.#owner.declared.table.methods.get('recv_connect')?.run.bind(namespace)
        if (method === undefined || this.#isTooLate) return undefined
        return this.verdict === undefined ? method(packet) : this.verdict.call(method, [packet])
      }
      // Not where a constructor has frozen it: what is not seen refuses.
      Reflect.defineProperty(namespace, 'recv_connect', {
        value: this.watchedConnect,
        writable: true,
        configurable: true,
      })
    }
    return this.verdict
  }

  connectPassedOn(): void {
    if (this.verdict !== undefined) this.verdict.isPassedOn = true
  }

  /** Whether anything but our own default decides about a connect. */
  isConnectGuarded(namespace: AnyNamespace): boolean {
    const { declared, acl } = this.#owner
    return (
      declared.table.guardsConnect ||
      !acl.allows('recv_connect') ||
      !isOurs(namespace, 'isMethodAllowed') ||
      decoratorOf(namespace) !== undefined
    )
  }

  /**
   * Whether no step calls another of ours by itself: then processPacket alone decides, as it does in the
   * original.
   */
  dispatchesAlone(namespace: AnyNamespace): boolean {
    return !isOurs(namespace, 'callMethodWithAcl') && !isOurs(namespace, 'callMethod')
  }

  // Refused before it was called, or ended since: nobody would end what it begins.
  get #isTooLate(): boolean {
    return this.verdict === undefined && this.#owner.isOver
  }

  // A method.

  call(methodName: string, packet: Packet, args: unknown[]): unknown {
    const { client, declared } = this.#owner
    const check = methodOf(declared.table, methodName)?.check
    if (check === undefined) return this.#callNow(methodName, packet, args)
    const { freshFor } = declared.table
    return callChecked(check, packet, args, this.#owner, (checked, valid) => {
      const run = (): unknown => this.#callNow(methodName, checked, valid)
      return freshFor === undefined || isLifeHook(methodName) ? run() : sessionOf(client).run(this, freshFor, run)
    })
  }

  /** Whether what has waited may still be called. */
  get mayAct(): boolean {
    return this.#owner.standing.mayAct
  }

  #callNow(methodName: string, packet: Packet, args: unknown[]): unknown {
    const namespace = this.namespace as AnyNamespace
    const verdict = methodName === 'recv_connect' ? this.verdict : undefined
    if (methodName === 'recv_connect' && this.#isTooLate) return undefined
    const decorate = decoratorOf(namespace)
    const watched: Decorate | undefined =
      verdict === undefined ? decorate : (fn) => (decorate ?? plainly)(verdict.watch(fn))
    const method = methodOf(this.#owner.declared.table, methodName)
    const run = (): unknown => call(namespace, method, methodName, packet, args, watched)
    // Where there is no such method, or only our own, nothing of the application's is called.
    if (method?.isDefault ?? true) return run()
    return this.follow(isLifeHook(methodName) ? 'hook' : 'handler', methodName, run, packet)
  }

  callWithAcl(methodName: string, packet: Packet, args: unknown[]): unknown {
    const namespace = this.namespace as AnyNamespace
    // Only true lets in, as for authorize: what forgets to answer, or answers later, must not.
    const isAllowed: unknown = namespace.isMethodAllowed(methodName)
    if (isAllowed !== true) {
      disown(isAllowed)
      const denied = accessDenied(methodName)
      if (methodName === 'recv_connect') this.verdict?.denied(denied)
      throw denied
    }
    return namespace.callMethod(methodName, packet, ...args)
  }

  /** Calls a function that nobody waits for, an ack callback say. */
  callBack(fn: Handler, args: readonly unknown[]): void {
    const name = nameOf(fn, 'ack callback')
    this.attempt(name, () => this.follow('callback', name, () => this.decorate(fn)(...args)))
  }

  /** Runs what nobody waits for, and reports its failure, be it a throw or a rejection. */
  attempt(name: string, run: () => unknown): void {
    attempt(this, name, run)
  }

  runJob(name: string, run: Handler): unknown {
    return this.follow('job', name, () => this.decorate(run)())
  }

  /** Calls the application's code, and lets subscribers of the diagnostics channel follow. */
  follow<Result>(kind: CallKind, method: string, run: () => Result, packet?: Packet): Result {
    const { client, declared } = this.#owner
    return traceCall(client.socket, declared.endpoint, kind, method, run, packet)
  }

  decorate(fn: Handler): Handler {
    return (this.namespace && decoratorOf(this.namespace)?.(fn)) ?? fn
  }

  // A failure.

  jobFailed(name: string, error: unknown): void {
    this.#fail(`The job "${name}" failed`, error)
  }

  /** Something threw that no packet asked for: the client is not told. */
  failed(methodName: string, error: unknown, isEnded?: boolean): void {
    if (!this.#isOnlyTheEnd(error, isEnded)) this.#fail(`The method "${methodName}" failed`, error)
  }

  #fail(message: string, error: unknown): void {
    this.report('handler_failed', message, undefined, true, new HandlerError(message, error))
  }

  report(name: string, message: string, msgId?: string, quiet = false, error?: ReportedError): void {
    disown(error?.cause)
    this.#owner.client.report(name, message, this.#owner.declared.endpoint, msgId, quiet, error)
  }
}

const plainly: Decorate = (fn) => fn
