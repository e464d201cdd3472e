// Owns: a way beside the app: what is called in its place, where `io.attach(server, { path, via })` says so.
// Elsewhere: which requests these are (server-tap.ts).
import type { IncomingMessage, ServerResponse } from 'node:http'
import { logFailure } from '../support/log.js'
import { attempt } from '../support/user-code.js'
import { answerError, forgive } from './http-exchange.js'
import { withoutAuthority } from './request-target.js'

/**
 * What serves our requests below a path in place of the server's own listeners: `io` itself, or a small app
 * with `io` in it.
 */
export type Via = (request: IncomingMessage, response: ServerResponse) => unknown

type Rewritten = IncomingMessage & { originalUrl?: string | undefined }

/**
 * Has it serve a request, whose URL it sees without the mount, as what is mounted in an app does. What it
 * throws or rejects with is answered with 500, unless it has answered already.
 */
export function serveVia(via: Via, mount: string, request: Rewritten, response: ServerResponse): void {
  if (mount !== '') {
    const { url = '' } = request
    const path = withoutAuthority(url)
    request.originalUrl ??= url
    request.url = url.slice(0, url.length - path.length) + path.slice(mount.length)
  }
  attempt({ failed: (_what, error) => failed(response, error) }, 'via', () => via(request, response))
}

function failed(response: ServerResponse, error: unknown): void {
  if (response.writableEnded) {
    logFailure('the function via of attach() failed after its answer', error)
    return
  }
  try {
    forgive(response)
    answerError(error, response)
  } catch (again) {
    logFailure('a request failed', again)
    response.destroy()
  }
}
