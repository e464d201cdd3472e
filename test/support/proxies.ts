// Owns: nginx, HAProxy and Apache with configurations out of the docs, in front of servers of a test.
// Elsewhere: what stands in those (docs/proxies.md, docs/many-processes.md), the programs (provision.ts).
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readDocuments } from './documents.js'
import { programPath } from './provision.js'
import { freePort, type After } from './redis.js'

export interface Proxy {
  readonly url: string
  readonly port: number
  /** Where nginx logs requests. */
  readonly log: string
}

/** The blocks of code of one language in a document. */
export function blocksOf(path: string, language: string): string[] {
  const text = readDocuments().get(path) ?? ''
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))].map(([, block = '']) => block)
}

/** Puts one text in the place of another that must be there. */
export function replacePart(text: string, from: string, to: string): string {
  assert.ok(text.includes(from), `expected ${from} in ${text}`)
  return text.replaceAll(from, to)
}

/** Starts nginx with this inside of its `http`; it listens on 80 there. */
export async function startNginx(after: After, block: string): Promise<Proxy> {
  const [folder, port] = [makeFolder(after), await freePort()]
  let text = replacePart(block, 'listen 80;', `listen 127.0.0.1:${port};`)
  text = replacePart(text, '/var/log/nginx/access.log', join(folder, 'access.log'))
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${name};`)
  const rest = 'error_log stderr crit; pid nginx.pid; events {}'
  writeFileSync(join(folder, 'nginx.conf'), `${rest}\nhttp {\n${temporary.join('\n')}\n${text}\n}\n`)
  return run(after, 'nginx', ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr', '-g', 'daemon off;'], folder, port)
}

/** Starts HAProxy; it binds :80 there. */
export async function startHaproxy(after: After, configuration: string): Promise<Proxy> {
  const [folder, port] = [makeFolder(after), await freePort()]
  writeFileSync(join(folder, 'haproxy.cfg'), `${replacePart(configuration, 'bind :80', `bind 127.0.0.1:${port}`)}\n`)
  return run(after, 'haproxy', ['-db', '-f', 'haproxy.cfg'], folder, port)
}

const modules = 'mpm_event authz_core headers proxy proxy_http proxy_wstunnel'.split(' ')

/** Starts Apache with this virtual host, on port 80 there, and the modules that the docs name. */
export async function startApache(after: After, host: string): Promise<Proxy> {
  const [folder, port] = [makeFolder(after), await freePort()]
  const text = replacePart(replacePart(host, '*:80', `127.0.0.1:${port}`), '${APACHE_LOG_DIR}', folder)
  const loaded = modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`)
  const rest = [`Listen 127.0.0.1:${port}`, 'ServerName proxy.test', 'PidFile apache.pid', 'ErrorLog error.log']
  writeFileSync(join(folder, 'apache.conf'), `${[...loaded, ...rest].join('\n')}\n${text}\n`)
  return run(after, 'apache2', ['-d', folder, '-f', 'apache.conf', '-D', 'FOREGROUND'], folder, port)
}

async function run(
  after: After,
  program: string,
  args: readonly string[],
  folder: string,
  port: number,
): Promise<Proxy> {
  const child = spawn(programPath(program), args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  let complaint = ''
  child.stderr.on('data', (text: Buffer) => (complaint += text.toString()))
  const exited = once(child, 'exit')
  after(async () => {
    child.kill()
    await exited
  })
  const url = `http://127.0.0.1:${port}`
  for (let tries = 0; ; tries++) {
    if (await fetch(`${url}/up`).then(isOurs, () => false)) return { url, port, log: join(folder, 'access.log') }
    assert.ok(child.exitCode === null && tries < 400, `${program}: ${complaint}`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

const isOurs = async (response: Response): Promise<boolean> => (await response.text()).includes('Cannot GET /up')

function makeFolder(after: After): string {
  const folder = mkdtempSync(join(tmpdir(), 'proxies-'))
  // nginx serves as another user when root starts it.
  chmodSync(folder, 0o755)
  after(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  return folder
}
