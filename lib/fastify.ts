// Owns: the names of `socketio-middleware/fastify`. Fastify's way to load plugins wants one of them as the
// default.
export { socketio, socketio as default } from './fastify/plugin.js'
export type { FastifySocketioOptions } from './fastify/options.js'
