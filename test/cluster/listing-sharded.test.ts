// Owns: who is listed over sharded redis-adapter with ioredis.
import { listingSuite } from './suite/listing.js'

listingSuite('sharded redis-adapter with ioredis')
