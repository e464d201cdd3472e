// Owns: outages of PostgreSQL.
import { outageSuite } from './suite/outage.js'

outageSuite('postgres-adapter')
