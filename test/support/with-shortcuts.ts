// Owns: that a test of a shortcut has it, whatever the environment of the run says: to be imported before anything of lib.
delete process.env['SOCKETIO_MIDDLEWARE_SHORTCUTS']
