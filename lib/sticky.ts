// Owns: the names of `socketio-middleware/sticky`.
export { stickyPrimary } from './sticky/primary.js'
export type { StickyOptions } from './sticky/primary.js'
export { stickyWorker, workerName } from './sticky/worker.js'
export type { StickyWorker } from './sticky/worker.js'
