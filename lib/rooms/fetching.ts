// Owns: the sockets of one endpoint in all processes: as its adapter finds them, or as far as processes
// answer.
// Elsewhere: what is shown of each (remote-socket.ts).
import { AdapterError, quote } from '../support/errors.js'
import { adopt, within } from '../support/promises.js'
import type { BroadcastOptions } from './broadcast.js'
import { gather, type Outcome, type Processes } from './counting.js'
import type { Endpoint } from './endpoint.js'
import { listed } from './listed.js'
import { Member } from './member.js'
import { isSocketDetails, type SocketDetails } from './remote-socket.js'
import { socketsQuestion } from './replies.js'

/**
 * Those that are listed, here and in other processes, those of Socket.IO's own servers included.
 * @throws AdapterError SIO_ADAPTER (as a rejection) when the others do not answer in time.
 */
export async function fetchDetails(
  endpoint: Endpoint,
  options: BroadcastOptions,
  patienceMs: number,
): Promise<SocketDetails[]> {
  const { adapter, server } = endpoint
  let sockets: unknown
  try {
    sockets = await within(server.deadlines, patienceMs, adopt(adapter.fetchSockets(options)))
    if (!Array.isArray(sockets)) throw new TypeError(`expected a list of sockets, got ${quote(sockets)}`)
  } catch (cause) {
    throw new AdapterError('the sockets of other processes could not be fetched', cause)
  }
  // One that is still connecting, or leaving, says that it is in no room, its own included.
  return (sockets as unknown[]).flatMap((socket) => {
    if (socket instanceof Member) return socket.rooms.has(socket.id) ? [detailsOf(socket)] : []
    return isSocketDetails(socket) && [...socket.rooms].includes(socket.id) ? [socket] : []
  })
}

/** Those of this process and of all others that answer. */
export async function fetchAnswered(
  endpoint: Endpoint,
  options: BroadcastOptions,
): Promise<Outcome<Processes & { readonly sockets: readonly SocketDetails[] }>> {
  const { answers, missing, error } = await gather(endpoint, socketsQuestion(options), options.flags)
  const sockets = [...listed(endpoint, options).map(detailsOf), ...answers.flat()]
  return { partial: { sockets, processes: 1 + answers.length, missing }, error }
}

// A socket of this process shows its data itself, as in Socket.IO 4.
function detailsOf({
  id,
  handshake,
  rooms,
  ownData,
}: Pick<Member, 'id' | 'handshake' | 'rooms' | 'ownData'>): SocketDetails {
  return { id, handshake, rooms, data: ownData }
}
