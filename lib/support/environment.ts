// Owns: what the environment of the process says to us, and what we take from it before others change it.

/** `SOCKETIO_MIDDLEWARE_SHORTCUTS=off`: we use no private part of anybody's where there is another way. */
export const usesShortcuts = process.env['SOCKETIO_MIDDLEWARE_SHORTCUTS'] !== 'off'

/**
 * Node's own, whatever a test puts in its place later: what waits for the next turn of all connections would
 * wait for ever with one that is faked and forgotten.
 */
export const { setImmediate } = globalThis
