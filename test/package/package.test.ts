// Owns: the package as it is packed and installed: one pack and one install for all suites.
// Elsewhere: the suites (suite/), packing and installing (tarball.ts).
import { after, before } from 'node:test'
import { testBundles } from './suite/bundles.js'
import { testDoors } from './suite/doors.js'
import { testRunners } from './suite/runners.js'
import { testTenMinutes } from './suite/ten-minutes.js'
import { testTypes } from './suite/types.js'
import { installTarball, type Installed } from './tarball.js'

let installed: Installed
before(async () => {
  installed = await installTarball()
})
after(() => installed.remove())

for (const suite of [testDoors, testTypes, testRunners, testBundles, testTenMinutes]) suite(() => installed)
