// Owns: what every one of these apps mounts, and how it says where it listens.
import { once } from 'node:events'
import { BaseNamespace, socketioMiddleware } from 'socketio-middleware'

class Echo extends BaseNamespace {
  on_echo(value) {
    return value
  }
}

export const namespaces = { '': Echo }

export const io = socketioMiddleware(namespaces)

/** The variant of the app that is wanted. */
export const [, , variant] = process.argv

export function unknownVariant() {
  return new Error(`no such variant: ${variant}`)
}

export async function listen(server) {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  tell(server)
}

export function tell(server) {
  console.log(`http://127.0.0.1:${server.address().port}`)
}
