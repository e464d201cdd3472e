// Owns: what joins the processes of a cluster, by the adapter that they use.
// Elsewhere: each of them (redis.ts, postgres.ts), the adapters (cluster-adapters.ts).
import type { ClusterAdapterName } from './cluster-adapters.js'
import { startPostgres } from './postgres.js'
import { startRedis, type After, type Backplane } from './redis.js'

/** Starts it, and says where it is: nowhere, where a process is joined to its parent. */
export async function startBackplane(after: After, adapter: ClusterAdapterName): Promise<string> {
  if (adapter === 'cluster-adapter') return ''
  return (await startServerOf(after, adapter)).url
}

/** The same, as something that can go away. */
export function startServerOf(after: After, adapter: ClusterAdapterName): Promise<Backplane> {
  return adapter === 'postgres-adapter' ? startPostgres(after) : startRedis(after)
}
