// Owns: the name by which our own tests know the test kit's clock.
export { TestClock as FakeClock } from '../../lib/testing/test-clock.js'
