// Owns: counts and data over cluster-adapter.
import { countsSuite } from './suite/counts.js'

countsSuite('cluster-adapter')
