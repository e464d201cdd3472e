// Owns: who is listed over cluster-adapter.
import { listingSuite } from './suite/listing.js'

listingSuite('cluster-adapter')
