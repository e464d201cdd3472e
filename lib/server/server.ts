// Owns: one middleware's state.
// Elsewhere: each framework's function (middleware.ts), a request's way (router.ts).
import { UsageError, quote } from '../support/errors.js'
import { logWarning } from '../support/log.js'
import { expose } from '../support/inside.js'
import { checkDuration } from '../support/options.js'
import { Counts } from '../socket/counts.js'
import { Deadline, Deadlines, systemClock } from '../support/timers.js'
import { FrameWire } from '../wire/v09/frame.js'
import { makeAdapter } from '../rooms/adapter.js'
import { Backplane } from '../rooms/backplane.js'
import type { EndpointOperator } from '../rooms/endpoint-operator.js'
import { Endpoints } from '../rooms/endpoints.js'
import { findOperator } from '../rooms/find-operator.js'
import type { PatternOperator } from '../rooms/pattern-operator.js'
import type { Admission } from '../clients/admissions.js'
import type { Application } from '../clients/application.js'
import { clientHooks } from '../clients/recovering.js'
import { keeping } from '../recovery/keeping-wire.js'
import { Recovery } from '../recovery/recovery.js'
import type { CloseOptions, Io } from '../namespaces/io.js'
import type { NamespaceDeclarations } from '../namespaces/any-namespace.js'
import { readNamespaces } from '../namespaces/namespace-map.js'
import { HttpServers } from '../http/http-servers.js'
import { readClientFiles, type ClientFiles } from './client-files.js'
import { ServerInside } from './inside.js'
import { V09Requests } from './v09/requests.js'
import { EngineRequests } from './engine/requests.js'
import { reportAdapterFailure } from '../namespaces/error-handler.js'
import { V09Handshakes } from './v09/handshakes.js'
import { Router } from './router.js'
import { readSettings, type Options, type Settings } from './settings.js'
import { Sessions } from './sessions.js'
import { readStats, type Stats } from '../namespaces/stats.js'

export class Server {
  readonly settings: Settings
  readonly httpServers: HttpServers
  readonly router: Router
  /** Scripts, whose URLs are ours only where they are served. */
  readonly clientFiles: ClientFiles
  readonly #application: Application
  readonly #admissions: Admission[] = []
  readonly #counts = new Counts()
  readonly #deadlines: Deadlines
  readonly #backplane: Backplane
  readonly #sessions: Sessions
  readonly #engine: EngineRequests
  readonly #v09: V09Requests
  readonly #recovery: Recovery | undefined
  readonly #begun: number
  // The test kit holds it weakly.
  readonly #inside: ServerInside
  #closing: Promise<void> | undefined

  constructor(declarations: NamespaceDeclarations, options: Options, io: Io) {
    const settings = readSettings(options)
    const namespaces = readNamespaces(declarations)
    this.settings = settings
    this.#begun = settings.clock.now()
    if (settings.origins.kind === 'listed' && settings.origins.hasNull && settings.authorize === undefined) {
      logWarning("origins: 'null' lets in sandboxed frames of any page: set the option authorize as well")
    }
    for (const declared of namespaces.declarations) this.#counts.ofNamespace(declared)
    this.#deadlines = new Deadlines(settings.clock)
    const recovery = this.#makeRecovery()
    this.#recovery = recovery
    const wire = keeping(recovery, new FrameWire(settings.json))
    const maxKeptBytes = settings.recovery?.maxBytes
    const socketSettings = { ...settings, counts: this.#counts, wire, maxKeptBytes, keeper: recovery }
    this.#sessions = new Sessions(socketSettings, this.#deadlines, settings, recovery)
    this.clientFiles = readClientFiles(settings)
    this.#backplane = new Backplane(this.#deadlines, (error, endpoint) => {
      reportAdapterFailure({ ...settings, counts: this.#counts }, undefined, error, endpoint)
    })
    const endpoints = new Endpoints(
      {
        maxRoomsPerSocket: settings.maxRoomsPerSocket,
        maxHeldPackets: settings.maxBufferedPackets,
        ackTimeout: settings.ackTimeout,
        deadlines: this.#deadlines,
        countsOf: (name) => this.#counts.ofNamespace(namespaces.find(name)?.declaredAs ?? name),
        backplane: this.#backplane,
        countsOffsets: recovery !== undefined,
        makeAdapter: (endpoint) => makeAdapter(endpoint, settings.adapter, this.#backplane),
      },
      namespaces.names,
      (name) => namespaces.has(name),
    )
    this.#application = {
      ...settings,
      namespaces,
      endpoints,
      counts: this.#counts,
      admissions: this.#admissions,
      recovery,
      deadlines: this.#deadlines,
      io,
    }
    this.#inside = new ServerInside(settings, this.#application, this.#sessions)
    expose(this.#inside)
    this.#engine = new EngineRequests(settings, this.#application, this.#deadlines, this.#sessions)
    this.#v09 = new V09Requests(settings, this.#deadlines, this.#sessions)
    this.router = new Router(settings, this.#deadlines, this.#sessions, {
      v09: this.#v09,
      handshakes: new V09Handshakes(settings, this.#application, this.#deadlines, this.#sessions),
      engine: this.#engine,
      clientFiles: this.clientFiles,
    })
    this.httpServers = new HttpServers(this.router)
  }

  #makeRecovery(): Recovery | undefined {
    const { recovery, handshakeTimeout } = this.settings
    if (recovery === undefined) return undefined
    return new Recovery(recovery, this.#counts, this.#deadlines, handshakeTimeout, clientHooks)
  }

  /** @throws UsageError SIO_USAGE_ENDPOINT when it is not declared. */
  of(name: unknown): EndpointOperator | PatternOperator {
    return findOperator(this.#application, name)
  }

  use(admission: Admission): void {
    if (typeof admission !== 'function') {
      throw new UsageError('SIO_USAGE_ADMISSION', `expected io.use() to get a function, got ${quote(admission)}`)
    }
    this.#admissions.push(admission)
  }

  stats(): Stats {
    const uptime = this.settings.clock.now() - this.#begun
    return readStats(this.#counts, uptime, this.#backplane.isDown)
  }

  /**
   * Ends all sockets and detaches from the servers, which stay as they are. Clients reconnect when there is a
   * server again. With `drain`, each client is served to the end first, for so many milliseconds at most. A
   * second call is the first one.
   * @throws UsageError SIO_USAGE_DURATION when `drain` is no duration.
   */
  close({ drain = 0 }: CloseOptions = {}): Promise<void> {
    checkDuration('close({ drain })', drain)
    return (this.#closing ??= this.#close(drain))
  }

  async #close(drainMs: number): Promise<void> {
    this.#sessions.shut()
    this.#recovery?.shut()
    if (drainMs > 0) await this.#untilEmpty(drainMs, (served) => this.#sessions.drain(served))
    this.httpServers.close()
    this.#sessions.closeAll('server shutting down')
    this.#v09.close()
    this.#engine.close()
    // The last recv_disconnect may have something to tell other processes.
    const { clock, closeTimeout } = this.settings
    // A clock that a test moves may stand still for ever.
    const patience =
      clock === systemClock ? undefined : setTimeout(() => this.#application.endpoints.waitNoLonger(), 1_000)
    await this.#untilEmpty(closeTimeout, (ended) => ended())
    clearTimeout(patience)
    this.#backplane.close()
    this.#application.endpoints.close()
  }

  // Waits for something, and then until nobody is left in any namespace: so long at most.
  async #untilEmpty(ms: number, begin: (done: () => void) => void): Promise<void> {
    // A deadline keeps no process alive, and neither does a client between two polls; what comes at the end
    // must be done.
    const hold = setInterval(() => {}, 2 ** 31 - 1)
    await new Promise<void>((resolve) => {
      let isLate = false
      const deadline = new Deadline({
        deadlinePassed: () => {
          isLate = true
          resolve()
        },
      })
      this.#deadlines.arm(deadline, ms)
      begin(() => {
        if (isLate) return
        this.#application.endpoints.whenEmpty(() => {
          this.#deadlines.disarm(deadline)
          resolve()
        })
      })
    })
    clearInterval(hold)
  }
}
