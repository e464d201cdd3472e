// Owns: the shared suite over redis-adapter with ioredis.
import { roomsSuite } from './suite/rooms.js'

roomsSuite('redis-adapter with ioredis')
