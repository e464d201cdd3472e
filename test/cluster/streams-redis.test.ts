// Owns: the shared suite over redis-streams-adapter with redis.
import { roomsSuite } from './suite/rooms.js'

roomsSuite('redis-streams-adapter with redis')
