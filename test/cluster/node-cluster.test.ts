// Owns: the shared suite over cluster-adapter.
import { roomsSuite } from './suite/rooms.js'

roomsSuite('cluster-adapter')
