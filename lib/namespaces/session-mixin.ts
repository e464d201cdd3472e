// Owns: SessionMixin, the session of the app's own middleware in handlers: fresh before, stored after.
// Elsewhere: how (sessions/), which classes have it (sessions/session-class.ts).
import { handOut } from '../support/handed-promise.js'
import type { AnyNamespace } from './any-namespace.js'
import { asMixin } from './mixin.js'
import { contextOf } from './namespace-context.js'
import { sessionOf } from './sessions/client-sessions.js'
import { markSession } from './sessions/session-class.js'
import type { Constructor } from './types.js'

/** What SessionMixin adds. */
export interface Sessions {
  /**
   * Stores at once what was changed in the session, as is done after each handler: for handlers that take
   * long, for jobs, and for `recv_disconnect`. Rejects with what the store throws, and with ClosedError when
   * the session has been destroyed.
   */
  saveSession(): Promise<void>
  /**
   * Called when the session has been destroyed, by a logout for example, before the client is disconnected.
   * It reconnects by itself, with the session that it has then, unless this calls `this.socket.disconnect()`.
   */
  sessionEnded(): unknown
}

function withSession<Base extends Constructor<AnyNamespace>>(base: Base): Base & Constructor<Sessions> {
  abstract class WithSession extends base {
    saveSession(): Promise<void> {
      const { client, calls } = contextOf(this)
      return handOut(sessionOf(client).save(), 'saveSession', calls)
    }

    sessionEnded(): unknown {
      return undefined
    }
  }
  markSession(WithSession.prototype)
  return WithSession
}

/**
 * Keeps the session of express-session or koa-session fresh: `class Shop extends
 * SessionMixin(BaseNamespace)`. Before an event it is read, once in `static freshFor = 1_000` milliseconds at
 * most; after it what the handler changed is stored.
 */
export const SessionMixin = asMixin('SessionMixin', withSession)
