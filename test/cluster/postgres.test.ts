// Owns: the shared suite over postgres-adapter.
import { roomsSuite } from './suite/rooms.js'

roomsSuite('postgres-adapter')
