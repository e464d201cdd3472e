// Owns: the shared suite over redis-streams-adapter with ioredis.
import { roomsSuite } from './suite/rooms.js'

roomsSuite('redis-streams-adapter with ioredis')
