// Owns: counts and data over sharded redis-adapter with ioredis.
import { countsSuite } from './suite/counts.js'

countsSuite('sharded redis-adapter with ioredis')
