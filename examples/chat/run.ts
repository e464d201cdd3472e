// Owns: a chat as a program: its port, the signals that end it, and what it says of a port that it cannot have.
// Elsewhere: the chats (server.ts, ../koa/server.ts).
import type { CloseOptions } from '../../lib/index.js'

type Start = (
  port: number,
  host?: string,
) => Promise<{ readonly url: string; close(closing?: CloseOptions): Promise<void> }>

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program uses it',
  EACCES: 'this user may not use it',
  EADDRNOTAVAIL: 'this machine does not have that address',
  ERR_SOCKET_BAD_PORT: 'a port is a number from 0 to 65535',
}

/** Starts a chat on the port that the variable PORT names, and ends it on Ctrl-C or SIGTERM. */
export async function run(start: Start): Promise<void> {
  const { PORT: port = '3000', HOST: host } = process.env
  try {
    const chat = await start(Number(port), host)
    console.log(`The chat is at ${chat.url}`)
    // Nothing is left after that, so the process ends by itself. A second Ctrl-C does not wait.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void chat.close({ drain: 10_000 }))
  } catch (error) {
    const reason = reasons[String(Reflect.get(Object(error) as object, 'code'))]
    if (reason === undefined) throw error
    const place = host === undefined ? `port ${port}` : `port ${port} of ${host}`
    console.error(`The chat cannot use ${place}: ${reason}. Choose another one, for example: PORT=3001 npm start`)
    process.exitCode = 1
  }
}
