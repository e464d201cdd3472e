// Owns: counts and data over redis-streams-adapter with redis.
import { countsSuite } from './suite/counts.js'

countsSuite('redis-streams-adapter with redis')
