// Owns: the shared suite over sharded redis-adapter with redis.
import { roomsSuite } from './suite/rooms.js'

roomsSuite('sharded redis-adapter with redis')
