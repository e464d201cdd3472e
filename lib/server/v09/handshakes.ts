// Owns: how a 0.9 client comes to its socket: by a handshake here, or with a token that another process handed out.
// Elsewhere: who is let in and what is answered (handshake.ts), the tokens (tokens.ts), requests with a socket (door.ts).
import { plainText } from '../../transports/exchange.js'
import { HandshakeError } from '../../support/errors.js'
import { logger } from '../../support/log.js'
import type { Deadlines } from '../../support/timers.js'
import type { Application } from '../../clients/application.js'
import { protocolRules } from '../../namespaces/protocol.js'
import { Client } from '../../clients/client.js'
import { environOf } from '../../http/request-facts.js'
import { admit, answerHandshake, refusalHeaders, refuseHandshake } from '../../access/admission.js'
import type { Incoming } from '../incoming.js'
import type { Settings } from '../settings.js'
import type { Sockets } from '../sessions.js'
import { Tokens } from '../../access/tokens.js'

const log = logger('reception')

/** The event by which processes tell each other of tokens that are used up. */
const tokenUsed = 'socketio-middleware:token used'

export class Reception {
  readonly #settings: Settings
  readonly #application: Application
  readonly #deadlines: Deadlines
  readonly #sockets: Sockets
  readonly #tokens: Tokens | undefined

  constructor(settings: Settings, application: Application, deadlines: Deadlines, sockets: Sockets) {
    this.#settings = settings
    this.#application = application
    this.#deadlines = deadlines
    this.#sockets = sockets
    const { handshakeSecret } = settings
    if (handshakeSecret === undefined) return
    const tokens = new Tokens(handshakeSecret, deadlines)
    this.#tokens = tokens
    if (settings.adapter === undefined) return
    application.endpoints.obtain('').onServerSide(tokenUsed, (name) => {
      tokens.remember(String(name))
    })
  }

  async shakeHands(incoming: Incoming): Promise<void> {
    const { exchange, request } = incoming
    try {
      this.#sockets.checkRoom(incoming.facts.address)
      const session = await admit(this.#settings, this.#deadlines, this.#sockets, request)
      if (!exchange.isOpen) return
      const sid = this.#tokens === undefined ? this.#open(incoming, session) : this.#issue(this.#tokens, incoming)
      answerHandshake(incoming, this.#settings, sid)
    } catch (error) {
      if (!(error instanceof HandshakeError)) throw error
      refuseHandshake(incoming, error)
    }
  }

  /** Whether a sid that nobody here knows may be another process's. */
  mayKnow(sid: string): boolean {
    return this.#tokens !== undefined && this.#sockets.get(sid) === undefined && this.#tokens.isGood(sid)
  }

  /**
   * Opens the socket of a good token: its request is the one that comes with it, and is asked for as a handshake is.
   * False when it was refused, and the refusal has been answered.
   */
  async openByToken(incoming: Incoming, sid: string): Promise<boolean> {
    const { exchange, request } = incoming
    try {
      const session = await admit(this.#settings, this.#deadlines, this.#sockets, request)
      if (!exchange.isOpen) return false
      // Another request with the same token may have come while the application was asked.
      if (this.#sockets.get(sid) !== undefined || this.#tokens?.isGood(sid) !== true) return true
      this.#open(incoming, session, sid)
      this.#useUp(this.#tokens, sid)
      return true
    } catch (error) {
      if (!(error instanceof HandshakeError)) throw error
      log('%s', error)
      exchange.reply(error.status, { ...plainText, ...refusalHeaders(error) }, error.message)
      return false
    }
  }

  // A token takes no place before it opens a socket, so maxHandshakes has nothing to count; a full server says so at once.
  #issue(tokens: Tokens, { facts }: Incoming): string {
    this.#sockets.checkRoom(facts.address)
    return tokens.issue()
  }

  #open({ exchange, route, facts, request, ctx }: Incoming, session: object, sid?: string): string {
    // A token's URL holds the sid, which is nobody's to see: an environ is logged, and fetched by other processes.
    const url =
      sid === undefined ? facts.url : facts.url.replace(/(\/1\/[^/?]*\/)[^/?]+/, '$1***').replaceAll(sid, '***')
    const environ = environOf(exchange.request, facts, route.search, url)
    const socket = this.#sockets.create(facts.address, sid)
    new Client(this.#application, socket, { environ, request, ctx, session }, protocolRules['0.9'])
    exchange.keepRequest()
    return socket.sid
  }

  #useUp(tokens: Tokens, sid: string): void {
    const name = tokens.use(sid)
    if (this.#settings.adapter !== undefined) {
      this.#application.endpoints.obtain('').serverSideEmit([tokenUsed, name])
    }
  }
}
