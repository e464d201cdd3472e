// Owns: what the environment of the process says to us.

/** `SOCKETIO_MIDDLEWARE_SHORTCUTS=off`: we use no private part of anybody's where there is another way. */
export const usesShortcuts = process.env['SOCKETIO_MIDDLEWARE_SHORTCUTS'] !== 'off'
