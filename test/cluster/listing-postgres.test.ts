// Owns: who is listed over postgres-adapter.
import { listingSuite } from './suite/listing.js'

listingSuite('postgres-adapter')
