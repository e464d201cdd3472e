// Owns: whether a client of Socket.IO 2 that opens a connection is one that has lost its own.
// Elsewhere: clients of 3 and 4, which say so when they connect to a namespace (clients/returning-client.ts).
import { readResume } from '../../recovery/asked.js'
import type { Recovery } from '../../recovery/recovery.js'
import type { Incoming } from '../incoming.js'
import type { Admitted } from './engine-request.js'

type Known = Pick<Admitted, 'known' | 'seen'>

const nobody: Known = { known: undefined, seen: undefined }

/** The client that the opening request of a connection names, if it may be resumed. */
export function findKnown(recovery: Recovery | undefined, { route, request }: Incoming): Known | Promise<Known> {
  if (recovery === undefined || route.revision === '4') return nobody
  const asked = readResume(route.search)
  const { seen } = asked
  if (asked.resume === undefined && !asked.isMalformed) return { known: undefined, seen }
  return recovery.admit(asked, '2', request).then((known) => ({ known, seen }))
}
