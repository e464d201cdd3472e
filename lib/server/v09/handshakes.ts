// Owns: how a 0.9 client comes to its socket: by a handshake here, or with a token that another process
// handed out.
// Elsewhere: who is let in (access/admission.ts), the tokens (access/tokens.ts), requests with a session id
// (requests.ts).
import { isPending } from '../../support/promises.js'
import type { Deadlines } from '../../support/timers.js'
import type { Application } from '../../clients/application.js'
import { protocolRules } from '../../namespaces/protocol.js'
import { Client } from '../../clients/client.js'
import type { Recovery } from '../../recovery/recovery.js'
import { environOf } from '../../http/request-facts.js'
import { admit } from '../../access/admission.js'
import { callbackNumber, closing } from '../../access/refusals.js'
import { handshakeLine } from '../../wire/v09/handshake.js'
import { jsonpCall, scriptString } from '../../wire/v09/script.js'
import { readResume, urlWithout, withoutResume, type Asked } from '../../recovery/asked.js'
import { recoverableOf } from '../../recovery/recoverable-socket.js'
import type { Incoming, OpenExchange } from '../incoming.js'
import type { Settings } from '../settings.js'
import type { Sessions } from '../sessions.js'
import { markOf, Tokens } from '../../access/tokens.js'

/** The event by which processes tell each other of tokens that are used up. */
const tokenUsed = 'socketio-middleware:token used'

export class V09Handshakes {
  readonly #settings: Settings
  readonly #application: Application
  readonly #deadlines: Deadlines
  readonly #sessions: Sessions
  readonly #tokens: Tokens | undefined
  // What follows the session id in every answer.
  readonly #announcement: string

  constructor(settings: Settings, application: Application, deadlines: Deadlines, sessions: Sessions) {
    this.#settings = settings
    this.#application = application
    this.#deadlines = deadlines
    this.#sessions = sessions
    this.#announcement = handshakeLine('', settings.heartbeatTimeout, settings.closeTimeout, settings.transports)
    const { handshakeSecret } = settings
    if (handshakeSecret === undefined) return
    const tokens = new Tokens(handshakeSecret, deadlines)
    this.#tokens = tokens
    if (application.recovery !== undefined) application.recovery.names.markOf = markOf
    if (settings.adapter === undefined) return
    application.endpoints.obtain('').serverSide.on(tokenUsed, (name) => {
      tokens.remember(String(name))
    })
  }

  /**
   * Answers a handshake with its line, as text or as the script that a JSONP client asked for.
   * @throws RefusalError.
   */
  serve(incoming: Incoming): void | Promise<void> {
    this.#sessions.checkRoom(incoming.facts)
    const session = admit(this.#settings, this.#deadlines, this.#sessions, incoming.request)
    // Nothing waits where the application does not (bench: connect).
    if (!isPending(session)) return this.#serveAdmitted(incoming, session)
    return session.then((made) => this.#serveAdmitted(incoming, made))
  }

  #serveAdmitted(incoming: Incoming, session: object): void | Promise<void> {
    if (!incoming.exchange.isOpen) return undefined
    const sid = this.#tokens === undefined ? this.#enter(incoming, session) : this.#issue(this.#tokens, incoming)
    if (!isPending(sid)) {
      this.#answer(incoming, sid)
      return undefined
    }
    return sid.then((entered) => {
      if (entered !== undefined) this.#answer(incoming, entered)
    })
  }

  #answer({ exchange, route }: Incoming, sid: string): void {
    const line = sid + this.#announcement
    const index = route.isScript ? callbackNumber(route) : undefined
    if (index === undefined) exchange.reply(200, { 'Content-Type': 'text/plain' }, line)
    else exchange.reply(200, { 'Content-Type': 'application/javascript' }, jsonpCall(index, scriptString(line)))
    this.#keepRequest(exchange, sid)
  }

  // That of a client that was made of it: soonest once it is answered, as what its answer has set is known then.
  #keepRequest(exchange: OpenExchange, sid: string): void {
    if (this.#sessions.get(sid) !== undefined) exchange.keepRequest()
  }

  /** Whether a sid that nobody here knows may be another process's. */
  mayKnow(sid: string): boolean {
    return this.#tokens !== undefined && this.#sessions.get(sid) === undefined && this.#tokens.isGood(sid)
  }

  /**
   * Opens the socket of a good token: its request is the one that comes with it, and is asked for as a
   * handshake is.
   * @throws RefusalError.
   */
  async openByToken(incoming: Incoming, sid: string): Promise<void> {
    const session = await admit(this.#settings, this.#deadlines, this.#sessions, incoming.request)
    // Another request with the same token may have come meanwhile.
    if (!incoming.exchange.isOpen || this.#sessions.get(sid) !== undefined) return
    if (this.#tokens?.isGood(sid) !== true) return
    if (this.#application.recovery === undefined) {
      this.#open(incoming, session, sid)
      this.#useUp(this.#tokens, sid)
    } else {
      // First: the application may be asked who it is, and another request with the same token may come
      // meanwhile.
      this.#useUp(this.#tokens, sid)
      await this.#enter(incoming, session, sid)
    }
    this.#keepRequest(incoming.exchange, sid)
  }

  // A token takes no place before it opens a socket, so maxHandshakes has nothing to count; a full server
  // says so at once.
  #issue(tokens: Tokens, { facts, route, request }: Incoming): string {
    this.#sessions.checkRoom(facts)
    const { recovery } = this.#application
    const { processName } = this.#settings
    if (recovery === undefined) return tokens.issue(processName)
    const asked = readResume(route.search)
    const { resume, seen, isMalformed } = asked
    if (isMalformed) recovery.refused('malformed', '0.9', request)
    else if (resume === undefined && seen === undefined) return tokens.issue(processName)
    return tokens.issue(processName, { mark: resume === undefined || isMalformed ? undefined : markOf(resume), seen })
  }

  // A client that is known goes on where it was; any other begins.
  #enter(incoming: Incoming, session: object, sid?: string): string | Promise<string | undefined> {
    const { recovery } = this.#application
    return recovery === undefined
      ? this.#open(incoming, session, sid)
      : this.#enterAgain(incoming, session, recovery, sid)
  }

  async #enterAgain(
    incoming: Incoming,
    session: object,
    recovery: Recovery,
    sid?: string,
  ): Promise<string | undefined> {
    const asked = this.#askedBy(sid) ?? readResume(incoming.route.search)
    const known = await recovery.admit(asked, '0.9', incoming.request)
    if (!incoming.exchange.isOpen) return undefined
    if (this.#sessions.isShut) throw closing()
    if (known === undefined) return this.#open(incoming, session, sid, asked.seen)
    return this.#sessions.promise(incoming.facts, known, asked.seen, sid)
  }

  // The request that opens a transport need not say again what the handshake has said.
  #askedBy(token: string | undefined): Asked | undefined {
    const returning = token === undefined ? undefined : this.#tokens?.returningBy(token)
    return returning && { ...returning, resume: undefined, isMalformed: false }
  }

  #open({ exchange, route, facts, request, ctx }: Incoming, session: object, sid?: string, counted?: number): string {
    // A token's URL holds the sid, which is nobody's to see: an environ is logged, and fetched by other
    // processes.
    let url = sid === undefined ? facts.url : facts.url.replace(/(\/1\/[^/?]*\/)[^/?]+/, '$1***').replaceAll(sid, '***')
    let { search } = route
    const { recovery } = this.#application
    if (recovery !== undefined) {
      search = withoutResume(search)
      url = urlWithout(url)
    }
    const environ = environOf(exchange.request, facts, search, url)
    const socket = this.#sessions.create(facts, sid, counted)
    const client = new Client(this.#application, socket, { environ, request, ctx, session }, protocolRules['0.9'])
    if (recovery !== undefined) recoverableOf(socket)?.serve(client)
    return socket.sid
  }

  #useUp(tokens: Tokens, sid: string): void {
    const name = tokens.use(sid)
    if (this.#settings.adapter !== undefined) {
      this.#application.endpoints.obtain('').serverSide.emit([tokenUsed, name])
    }
  }
}
