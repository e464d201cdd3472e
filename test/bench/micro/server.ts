// Owns: a server without HTTP: clients of 0.9 on streams that count what is sent, and keep the last of it.
import type { Io } from '../../../lib/namespaces/io.js'
import type { NamespaceDeclarations } from '../../../lib/namespaces/any-namespace.js'
import type { EndpointOperator } from '../../../lib/rooms/endpoint-operator.js'
import type { Environ } from '../../../lib/socket/environ.js'
import type { VirtualSocket } from '../../../lib/socket/virtual-socket.js'
import type { Transport } from '../../../lib/transports/transport.js'
import type { Packet } from '../../../lib/wire/packet.js'
import { fromBuilt } from './built.js'

/** A stream that carries nothing anywhere. */
export class CountingStream implements Transport<string> {
  readonly name = 'websocket'
  readonly kind = 'stream'
  sent = 0
  last = ''

  send(frames: readonly string[]): boolean {
    this.sent += frames.length
    this.last = frames.at(-1) ?? ''
    return true
  }

  close(): void {}
  pause(): void {}
  resume(): void {}
}

export interface MicroClient {
  readonly socket: VirtualSocket
  readonly stream: CountingStream
}

export interface MicroServer {
  readonly open: () => MicroClient
  readonly of: (endpoint: string) => EndpointOperator
  readonly close: () => void
}

export async function microServer(declarations: NamespaceDeclarations): Promise<MicroServer> {
  const [
    packets,
    settingsOf,
    timers,
    sockets,
    rooms,
    adapters,
    backplanes,
    operators,
    maps,
    hosts,
    protocolRules,
    countings,
  ] = await Promise.all([
    fromBuilt<typeof import('../../../lib/wire/v09/packet.js')>('wire/v09/packet'),
    fromBuilt<typeof import('../../../lib/server/settings.js')>('server/settings'),
    fromBuilt<typeof import('../../../lib/support/timers.js')>('support/timers'),
    fromBuilt<typeof import('../../../lib/server/sessions.js')>('server/sessions'),
    fromBuilt<typeof import('../../../lib/rooms/endpoints.js')>('rooms/endpoints'),
    fromBuilt<typeof import('../../../lib/rooms/adapter.js')>('rooms/adapter'),
    fromBuilt<typeof import('../../../lib/rooms/backplane.js')>('rooms/backplane'),
    fromBuilt<typeof import('../../../lib/rooms/endpoint-operator.js')>('rooms/endpoint-operator'),
    fromBuilt<typeof import('../../../lib/namespaces/namespace-map.js')>('namespaces/namespace-map'),
    fromBuilt<typeof import('../../../lib/clients/client.js')>('clients/client'),
    fromBuilt<typeof import('../../../lib/namespaces/protocol.js')>('namespaces/protocol'),
    fromBuilt<typeof import('../../../lib/socket/counts.js')>('socket/counts'),
  ])
  const settings = settingsOf.readSettings({})
  const deadlines = new timers.Deadlines(settings.clock)
  const wire = {
    encode: (packet: Packet) => packets.encodePacket(packet),
    sizeOf: (frame: unknown) => (frame as string).length,
  }
  const counts = new countings.Counts()
  const registry = new sockets.Sessions({ ...settings, counts, wire }, deadlines, settings)
  const backplane = new backplanes.Backplane(deadlines, (error) => {
    throw error
  })
  const namespaces = maps.readNamespaces(declarations)
  const shared = {
    ...settings,
    maxHeldPackets: settings.maxBufferedPackets,
    ackTimeout: settings.closeTimeout,
    deadlines,
    countsOf: (name: string) => counts.ofNamespace(name),
    backplane,
    makeAdapter: (endpoint: InstanceType<typeof import('../../../lib/rooms/endpoint.js').Endpoint>) =>
      adapters.makeAdapter(endpoint, undefined, backplane),
  }
  const endpoints = new rooms.Endpoints(shared, namespaces.names, (name) => namespaces.has(name))
  const app = {
    ...settings,
    counts,
    namespaces,
    endpoints,
    admissions: [],
    recovery: undefined,
    deadlines,
    io: {} as Io,
  }
  return {
    open: () => {
      const socket = registry.create({ address: '127.0.0.1' })
      const environ = { url: '/socket.io/1/' } as Environ
      new hosts.Client(
        app,
        socket,
        { environ, request: {}, ctx: undefined, session: {} },
        protocolRules.protocolRules['0.9'],
      )
      const stream = new CountingStream()
      socket.attach(stream)
      return { socket, stream }
    },
    of: (name) => new operators.EndpointOperator(() => endpoints.obtain(name)),
    close: () => {
      registry.closeAll('server shutting down')
      endpoints.close()
    },
  }
}
