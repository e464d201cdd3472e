// Owns: an errorHandler that keeps what it hears, and tells the client as the default does, without logging.
import type { ErrorHandler } from '../../lib/index.js'
import { Queue } from './wire-client.js'

export interface Report {
  readonly name: string
  readonly message: string
  readonly endpoint: string
  readonly msgId: string | undefined
  readonly quiet: boolean
  /** What the application's code threw. */
  readonly cause: unknown
}

export class Reports extends Queue<Report> {
  constructor() {
    super('an error report')
  }

  readonly handler: ErrorHandler = (socket, name, message, endpoint, msgId, quiet, error) => {
    if (!quiet) socket?.sendPacket({ type: 'event', endpoint, name: 'error', args: [name, message] })
    this.push({ name, message, endpoint, msgId, quiet, cause: error?.cause })
  }
}
