// Owns: errors of clients in Fastify's log.
// Elsewhere: what clients receive for them (namespaces/error-handler.ts).
import { defaultErrorHandler, DispatchError, type ErrorHandler } from '../index.js'
import { isA } from '../support/errors.js'

/** What of a logger is used. */
export interface FastifyLog {
  error(details: object, message: string): void
  debug(details: object, message: string): void
}

/** The logger of an instance as it is when something is logged. */
export const logOf =
  (fastify: { readonly log: FastifyLog }): (() => FastifyLog) =>
  () =>
    fastify.log

/**
 * Tells the client what the default handler tells it; the rest is for the log of its request, or of the
 * application.
 */
export function errorHandlerOf(log: () => FastifyLog): ErrorHandler {
  return (socket, name, message, namespace, msgId, quiet, error) => {
    const isOfClient = error === undefined || isA(error, DispatchError)
    defaultErrorHandler(socket, name, message, namespace, msgId, quiet, isOfClient ? error : undefined)
    const request = socket?.request as { readonly log?: FastifyLog } | undefined
    const logger = request?.log ?? log()
    const details = { error: name, namespace, client: socket?.id }
    if (isOfClient) logger.debug(details, message)
    else logger.error({ ...details, err: error.cause }, message)
  }
}
