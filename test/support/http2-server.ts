// Owns: listening with a server of HTTP/2 until a test is over, and ending its sessions then, which Node leaves open.
import { once } from 'node:events'
import type { Http2SecureServer, Http2Server, ServerHttp2Session } from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import type { SocketioMiddleware } from '../../lib/index.js'

/** Listens on 127.0.0.1. */
export async function listenHttp2(
  t: TestContext,
  io: SocketioMiddleware,
  server: Http2Server | Http2SecureServer,
): Promise<{ readonly port: number; readonly sessions: ReadonlySet<ServerHttp2Session> }> {
  const sessions = new Set<ServerHttp2Session>()
  server.on('session', (session: ServerHttp2Session) => {
    sessions.add(session)
    session.on('close', () => sessions.delete(session))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(async () => {
    await io.close()
    server.close()
    for (const session of sessions) session.destroy()
  })
  return { port: (server.address() as AddressInfo).port, sessions }
}
