// Owns: the suites that every row of the matrix runs.
import { admissionSuite } from './admission.js'
import { binarySuite } from './binary.js'
import { bulkSuite } from './bulk.js'
import { dynamicSuite } from './dynamic.js'
import { endpointsSuite } from './endpoints.js'
import { leavingSuite } from './leaving.js'
import { reconnectingSuite } from './reconnecting.js'
import type { Row } from './row.js'
import { talkingSuite } from './talking.js'

export function allSuites(row: Row): void {
  talkingSuite(row)
  bulkSuite(row)
  binarySuite(row)
  endpointsSuite(row)
  admissionSuite(row)
  dynamicSuite(row)
  leavingSuite(row)
  reconnectingSuite(row)
}
