// Owns: the shared suite over redis-adapter with redis.
import { roomsSuite } from './suite/rooms.js'

roomsSuite('redis-adapter with redis')
