// Owns: a PostgreSQL of its own for a test file, on 127.0.0.1, that can go away and come back.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { within } from './journal.js'
import { programPath } from './provision.js'
import { freePort, type After, type Backplane } from './redis.js'

// It does not run as root: then it is somebody who owns nothing but its folder.
const nobody = 65_534
const user = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {}

/** Starts a PostgreSQL with an empty database; it ends with whatever `after` belongs to. */
export async function startPostgres(ending: After): Promise<Backplane> {
  const folder = mkdtempSync(join(tmpdir(), 'postgres-'))
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid)
  const data = join(folder, 'data')
  const made = spawnSync(
    programPath('initdb'),
    ['-D', data, '-U', 'postgres', '--auth=trust', '--no-sync', '-E', 'UTF8', '--locale=C'],
    { ...user, cwd: folder, encoding: 'utf8' },
  )
  if (made.status !== 0) throw new Error(`initdb has failed: ${made.stdout}${made.stderr}`)
  const port = await freePort()
  let server: ChildProcess | undefined
  const postgres: Backplane = {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    async start() {
      const settings = ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', '-c', 'fsync=off']
      server = spawn(programPath('postgres'), ['-D', data, '-p', String(port), ...settings], {
        ...user,
        cwd: folder,
        stdio: ['ignore', 'inherit', 'pipe'],
      })
      await within('PostgreSQL', ready(server))
    },
    async stop() {
      if (server === undefined) return
      const ended = once(server, 'exit')
      // Its connections are cut at once.
      server.kill('SIGQUIT')
      server = undefined
      await ended
    },
  }
  ending(async () => {
    await postgres.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  await postgres.start()
  return postgres
}

async function ready(server: ChildProcess): Promise<void> {
  let output = ''
  for await (const piece of server.stderr as NodeJS.ReadableStream) {
    output += String(piece)
    if (!output.includes('ready to accept connections')) continue
    // What it says later is not read, and must not fill the pipe.
    server.stderr?.resume()
    return
  }
  throw new Error(`PostgreSQL has not started:\n${output}`)
}
