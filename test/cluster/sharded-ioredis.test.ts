// Owns: the shared suite over sharded redis-adapter with ioredis.
import { roomsSuite } from './suite/rooms.js'

roomsSuite('sharded redis-adapter with ioredis')
