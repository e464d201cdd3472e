// Owns: an event whose arguments are checked before its handler, and whose answer after it.
// Elsewhere: the schemas (checks.ts), calling the handler (clients/calls.ts).
import { ClosedError, ConnectError, DispatchError, UsageError } from '../../support/errors.js'
import { adopt, isPromiseLike } from '../../support/promises.js'
import type { Packet } from '../../wire/packet.js'
import { noAck } from '../dispatch.js'
import type { MethodCheck } from './checks.js'
import { publicIssues, type ArgumentIssue } from './issues.js'
import { askOne, few, type Outcome, type Validate } from './validation.js'

/** The third argument of the event `error` for invalid arguments. */
export interface InvalidArguments {
  readonly event: string
  readonly issues: readonly ArgumentIssue[]
}

/**
 * Checks the arguments, calls the handler with what the schemas have made of them, and checks what it
 * answers, if that is sent. It waits for nothing where no schema does.
 * @param instance may have ended, while a schema made it wait.
 * @throws DispatchError SIO_DISPATCH_ARGUMENTS for arguments that are not valid.
 */
export function callChecked(
  check: MethodCheck,
  packet: Packet,
  args: readonly unknown[],
  instance: { readonly standing: { readonly mayAct: boolean } },
  call: (packet: Packet, args: unknown[]) => unknown,
): unknown {
  const handle = (outcome: Outcome | undefined): unknown => {
    if (outcome === undefined) return answer(call(packet, [...args]))
    if (outcome.issues !== undefined) throw invalid(check.event, publicIssues(outcome.issues, args))
    return answer(call(withArguments(packet, outcome.args), outcome.args))
  }
  const answer = (result: unknown): unknown => {
    if (check.reply === undefined) return result
    return isPromiseLike(result) ? adopt(result).then(reply) : reply(result)
  }
  const reply = (result: unknown): unknown =>
    packet.ack === 'data' && result !== noAck ? checkReply(check.event, check.reply as Validate, result) : result
  const outcome = check.args?.(args)
  if (!isPromiseLike(outcome)) return handle(outcome)
  return outcome.then((settled) => {
    if (!instance.standing.mayAct) throw new ClosedError()
    return handle(settled)
  })
}

function checkReply(event: string, validate: Validate, result: unknown): unknown {
  const verdict = askOne(validate, result)
  const valueOf = (settled: Awaited<typeof verdict>): unknown => {
    if (settled.issues === undefined) return settled.value
    const [issue] = settled.issues
    throw new UsageError('SIO_USAGE_SCHEMA', `expected the answer of "${event}" to be valid: ${String(issue?.message)}`)
  }
  return isPromiseLike(verdict) ? verdict.then(valueOf) : valueOf(verdict)
}

// A handler may take the whole packet: what it finds in it has been checked as well.
function withArguments(packet: Packet, args: unknown[]): Packet {
  if (packet.type === 'event') return { ...packet, args }
  if (packet.type === 'json') return { ...packet, data: args[0] }
  return packet.type === 'message' ? { ...packet, data: args[0] as string } : packet
}

function invalid(event: string, issues: readonly ArgumentIssue[]): DispatchError {
  const details: InvalidArguments = { event, issues }
  return new DispatchError(
    'SIO_DISPATCH_ARGUMENTS',
    'invalid_arguments',
    `The arguments of "${event}" are not valid`,
    details,
  )
}

/**
 * Checks what a client sent with its connect.
 * @param instance keeps what the schema has made of it.
 * @throws ConnectError for what is not valid; the promise rejects with it, too.
 */
export function checkConnect(
  validate: Validate,
  auth: unknown,
  instance: { checked: { readonly auth: unknown } | undefined },
): Promise<void> | undefined {
  const verdict = askOne(validate, auth)
  const settle = (settled: Awaited<typeof verdict>): void => {
    if (settled.issues !== undefined) throw invalidConnect(publicIssues(few(settled.issues, undefined), auth))
    instance.checked = { auth: settled.value }
  }
  if (isPromiseLike(verdict)) return verdict.then(settle)
  settle(verdict)
  return undefined
}

function invalidConnect(issues: readonly ArgumentIssue[]): ConnectError {
  return new ConnectError('invalid_arguments', { event: 'connect', issues } satisfies InvalidArguments)
}
