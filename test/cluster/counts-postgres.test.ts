// Owns: counts and data over postgres-adapter.
import { countsSuite } from './suite/counts.js'

countsSuite('postgres-adapter')
