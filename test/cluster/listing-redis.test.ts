// Owns: who is listed over redis-adapter with redis.
import { listingSuite } from './suite/listing.js'

listingSuite('redis-adapter with redis')
