// Owns: who is listed over redis-streams-adapter with redis.
import { listingSuite } from './suite/listing.js'

listingSuite('redis-streams-adapter with redis')
