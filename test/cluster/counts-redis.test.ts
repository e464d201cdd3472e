// Owns: counts and data over redis-adapter with redis.
import { countsSuite } from './suite/counts.js'

countsSuite('redis-adapter with redis')
