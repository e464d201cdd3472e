// Owns: the adapters that join processes, each made as its own documentation says.
import { createAdapter as createClusterAdapter } from '@socket.io/cluster-adapter'
import { createAdapter as createPostgresAdapter } from '@socket.io/postgres-adapter'
import { createAdapter, createShardedAdapter } from '@socket.io/redis-adapter'
import { createAdapter as createStreamsAdapter } from '@socket.io/redis-streams-adapter'
import { Redis } from 'ioredis'
import { Pool } from 'pg'
import { createClient } from 'redis'
import type { AdapterFactory } from '../../lib/index.js'

export const redisAdapters = [
  'redis-adapter with redis',
  'redis-adapter with ioredis',
  'sharded redis-adapter with redis',
  'sharded redis-adapter with ioredis',
  'redis-streams-adapter with redis',
  'redis-streams-adapter with ioredis',
] as const

export const clusterAdapters = [...redisAdapters, 'cluster-adapter', 'postgres-adapter'] as const
export type ClusterAdapterName = (typeof clusterAdapters)[number]

const ignore = (): void => {}

/** Makes an adapter's factory, connected where it needs that. */
export async function makeFactory(name: ClusterAdapterName, redisUrl: string): Promise<AdapterFactory> {
  switch (name) {
    case 'postgres-adapter':
      return createPostgresAdapter(await postgresPool(redisUrl))
    case 'cluster-adapter':
      return createClusterAdapter()
    case 'redis-adapter with redis': {
      const { pub, sub } = await redisClients(redisUrl)
      return createAdapter(pub, sub)
    }
    case 'redis-adapter with ioredis': {
      const { pub, sub } = ioredisClients(redisUrl)
      return createAdapter(pub, sub)
    }
    case 'sharded redis-adapter with redis': {
      const { pub, sub } = await redisClients(redisUrl)
      return createShardedAdapter(pub, sub)
    }
    case 'sharded redis-adapter with ioredis': {
      const { pub, sub } = ioredisClients(redisUrl)
      return createShardedAdapter(pub, sub)
    }
    case 'redis-streams-adapter with redis':
      return createStreamsAdapter((await redisClients(redisUrl)).pub)
    case 'redis-streams-adapter with ioredis':
      return createStreamsAdapter(ioredisClients(redisUrl).pub)
  }
}

// Payloads that are too large for NOTIFY go to this table.
const attachments = `CREATE TABLE IF NOT EXISTS socket_io_attachments (
  id bigserial UNIQUE, created_at timestamptz DEFAULT NOW(), payload bytea
)`

async function postgresPool(url: string): Promise<Pool> {
  const pool = new Pool({ connectionString: url })
  pool.on('error', ignore)
  // Several processes may begin at once, and IF NOT EXISTS does not keep them apart.
  await pool.query(attachments).catch(ignore)
  return pool
}

async function redisClients(url: string): Promise<{ pub: object; sub: object }> {
  const pub = createClient({ url }).on('error', ignore)
  const sub = pub.duplicate().on('error', ignore)
  await Promise.all([pub.connect(), sub.connect()])
  return { pub, sub }
}

function ioredisClients(url: string): { pub: object; sub: object } {
  // What is asked of a Redis that is gone fails soon, where `redis` keeps it until there is one again.
  const pub = new Redis(url, { maxRetriesPerRequest: 2 }).on('error', ignore)
  return { pub, sub: pub.duplicate().on('error', ignore) }
}
