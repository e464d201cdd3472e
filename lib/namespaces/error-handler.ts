// Owns: what becomes of an error that concerns one client: the application's errorHandler, or the default.
import { errors, messageOf, publish } from '../support/channels.js'
import { AdapterError, DispatchError, isA, type ErrorCode, type ReportedError } from '../support/errors.js'
import { logFailure, logger } from '../support/log.js'
import { runWhereThrown } from '../support/trace.js'
import { attempt, logReporter } from '../support/user-code.js'
import type { Counts } from '../socket/counts.js'
import type { ErrorMessage } from './messages.js'
import type { Socket } from './socket.js'

const log = logger('error')

/**
 * Decides what a client receives, and what is logged, for an error. The names are gevent-socketio's:
 * `invalid_packet`, `no_such_namespace`, `unallowed_event_name`, `method_access_denied`, `no_such_method`;
 * and `handler_failed`, `rate_limited`, `invalid_arguments`, `authorization_expired`.
 * @param socket the client; undefined when an adapter has failed.
 * @param msgId the id of the packet that caused it, if it has one.
 * @param quiet whether to send nothing to the client.
 * @param error what the application's code threw is its `cause`; never for the client's eyes. Of invalid
 *   arguments it is a DispatchError, whose `details` the client may see.
 */
export type ErrorHandler = (
  socket: Socket | undefined,
  errorName: string,
  errorMessage: string,
  endpoint: string,
  msgId: string | undefined,
  quiet: boolean,
  error?: ReportedError,
) => unknown

/** Whose handler is called, and whose errors are counted. */
export interface ErrorsOwner {
  readonly errorHandler: ErrorHandler
  readonly counts: Counts
}

/** Calls it. What it throws or rejects is logged. */
export function callErrorHandler({ errorHandler, counts }: ErrorsOwner, ...args: Parameters<ErrorHandler>): void {
  const [socket, name, text, namespace, , isQuiet, error] = args
  counts.error(name)
  // An id of the call, say, is in the log of its failure as well.
  runWhereThrown(error?.cause, () => {
    attempt(logReporter, 'errorHandler', () => errorHandler(...args))
    if (!errors.hasSubscribers) return
    const code = error?.code ?? codes.get(name)
    const message: ErrorMessage = messageOf(
      { name, code, message: withoutQuote(name, text), namespace, isQuiet },
      { socket, error },
    )
    publish(errors, message)
  })
}

// What a client has sent, a password that lacks a brace say, is for that client alone, and in no log.
function withoutQuote(name: string, text: string): string {
  return name === 'invalid_packet' ? text.replace(/, got [^]*$/, '') : text
}

// Those that packets of clients come to; others are made of an error that has its own.
const codes: ReadonlyMap<string, ErrorCode> = new Map([
  ['invalid_packet', 'SIO_PROTOCOL_PACKET'],
  ['no_such_namespace', 'SIO_DISPATCH_NAMESPACE'],
  ['unallowed_event_name', 'SIO_DISPATCH_EVENT'],
  ['method_access_denied', 'SIO_DISPATCH_DENIED'],
  ['no_such_method', 'SIO_DISPATCH_METHOD'],
])

/**
 * An adapter has failed: for one client, or, without a socket, for all, as other processes cannot be reached.
 */
export function reportAdapterFailure(
  owner: ErrorsOwner,
  socket: Socket | undefined,
  cause: unknown,
  endpoint: string,
): void {
  const message = `The adapter of "${endpoint}" failed`
  const error = new AdapterError(message, cause)
  callErrorHandler(owner, socket, 'adapter_failed', message, endpoint, undefined, true, error)
}

/**
 * Sends the event `error` with `[name, message]`, or with details as well, on the endpoint, unless quiet, and
 * logs.
 */
export const defaultErrorHandler: ErrorHandler = (socket, errorName, errorMessage, endpoint, msgId, quiet, error) => {
  const details = isA(error, DispatchError) ? error.details : undefined
  const args = details === undefined ? [errorName, errorMessage] : [errorName, errorMessage, details]
  if (!quiet) socket?.sendPacket({ type: 'event', endpoint, name: 'error', args })
  if (error === undefined || isA(error, DispatchError)) {
    log('%s on "%s" (id %s): %s', errorName, endpoint, msgId, withoutQuote(errorName, errorMessage))
  } else logFailure(`${errorMessage} on ${endpoint === '' ? 'the global namespace' : endpoint}`, error.cause)
}
