// Owns: a stranger's first ten minutes: the files and commands of README and getting started, in empty folders, with the tarball.
// Elsewhere: the same programs against the sources (../../conformance/readme.test.ts), the page in a browser (../../browser).
//
// The documents are what runs: a file's name is the first one in the paragraph above its block, a block of sh is commands, and a
// block of text behind them is what they print. Only the port is another one, on 127.0.0.1.
import assert from 'node:assert/strict'
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { io as open } from 'socket.io-client-4'
import { readDocuments } from '../../support/documents.js'
import { freePort } from '../../support/redis.js'
import { plainEnv, type Installed } from '../tarball.js'

type Step =
  | { readonly kind: 'file'; readonly name: string; readonly text: string }
  | { readonly kind: 'command'; readonly line: string }
  | { readonly kind: 'prints'; readonly text: string }

/** What the sections of a document have a reader do, in order. */
export function stepsOf(path: string, sections: readonly string[]): Step[] {
  const document = (readDocuments().get(path) ?? '').replaceAll(/<!--[^]*?-->\n/g, '')
  return sections.flatMap((title) => {
    const from = document.search(new RegExp(`^#+ ${title}$`, 'm'))
    assert.ok(from >= 0, `expected a section ${title} in ${path}`)
    const section = document.slice(document.indexOf('\n', from)).split(/^##+ /m, 1)[0] ?? ''
    return [...section.matchAll(/([^]*?)^```(\w+)\n([^]*?)^```$/gm)].flatMap(([, before = '', language, text = '']) => {
      if (language === 'sh')
        return text
          .trim()
          .split('\n')
          .map((line): Step => ({ kind: 'command', line }))
      if (language === 'text') return [{ kind: 'prints', text } as const]
      const paragraph = before.trim().split('\n\n').at(-1) ?? ''
      const name = /`([\w./-]+\.(?:mjs|ts|html))`/.exec(paragraph)?.[1]
      assert.ok(name !== undefined, `expected the name of a file in ${path}: ${paragraph}`)
      return [{ kind: 'file', name, text } as const]
    })
  })
}

const isServer = (line: string): boolean => /^(?:node|npx tsx) (?:server|koa|rooms)\.\w+$/.test(line)

class Reader {
  readonly #t: TestContext
  readonly #tarball: string
  readonly folder: string
  #port = 0
  #server: ChildProcess | undefined
  #printed = ''

  constructor(t: TestContext, tarball: string, folder: string) {
    this.#t = t
    this.#tarball = tarball
    this.folder = folder
    t.after(() => this.#stop())
  }

  async follow(steps: readonly Step[]): Promise<void> {
    assert.ok(steps.length > 2)
    this.#port = await freePort()
    await mkdir(this.folder, { recursive: true })
    for (const step of steps) {
      if (step.kind === 'file') await this.#write(step.name, step.text)
      else if (step.kind === 'prints') assert.equal(this.#printed.trim(), step.text.trim())
      else if (isServer(step.line)) await this.#serve(step.line)
      else this.#printed = await this.#run(step.line)
    }
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  async #write(name: string, text: string): Promise<void> {
    const path = join(this.folder, name)
    await mkdir(dirname(path), { recursive: true })
    const here = text.replaceAll('.listen(3000)', `.listen(${this.#port}, '127.0.0.1')`)
    await writeFile(path, here.replaceAll('http://localhost:3000', this.origin))
  }

  async #run(line: string): Promise<string> {
    const child = this.#spawn(line)
    let output = ''
    let complaint = ''
    child.stdout?.on('data', (text: Buffer) => (output += text.toString()))
    child.stderr?.on('data', (text: Buffer) => (complaint += text.toString()))
    const [code] = (await once(child, 'close')) as [number]
    assert.equal(code, 0, `${line}\n${output}${complaint}`)
    return output
  }

  async #serve(line: string): Promise<void> {
    await this.#stop()
    const child = this.#spawn(line)
    let complaint = ''
    child.stderr?.on('data', (text: Buffer) => (complaint += text.toString()))
    this.#server = child
    for (let tries = 0; ; tries++) {
      const isUp = await fetch(`${this.origin}/socket.io/1/`).then(
        () => true,
        () => false,
      )
      if (isUp) return
      assert.ok(child.exitCode === null && tries < 600, `${line}: ${complaint}`)
      await sleep(50)
    }
  }

  #spawn(line: string): ChildProcess {
    const install = line.startsWith('npm install')
    const command = install
      ? `${line.replace(/(?<= )socketio-middleware(?= |$)/, `"${this.#tarball}"`)} --no-audit --no-fund --prefer-offline`
      : line
    const env = plainEnv()
    return spawn(command, { cwd: this.folder, shell: true, detached: true, env, stdio: ['ignore', 'pipe', 'pipe'] })
  }

  async #stop(): Promise<void> {
    const child = this.#server
    this.#server = undefined
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
    const closed = once(child, 'close')
    // The shell's children as well.
    if (process.platform === 'win32') spawnSync('taskkill', ['/pid', String(child.pid), '/T', '/F'])
    else process.kill(-child.pid, 'SIGTERM')
    await closed
  }

  /** The page, its script, and what the page does with them. */
  async checkPage(page: string): Promise<void> {
    const response = await fetch(`${this.origin}/`)
    assert.match(String(response.headers.get('content-type')), /^text\/html/)
    assert.equal(await response.text(), page)
    const script = await fetch(`${this.origin}/socket.io/socket.io.js`)
    assert.match(await script.text(), /Socket\.IO v4/)
    const [one, other] = [open(`${this.origin}/chat`, { forceNew: true }), open(`${this.origin}/chat`)]
    this.#t.after(() => {
      one.close()
      other.close()
    })
    await once(other as never, 'connect')
    const said = once(other as never, 'said')
    assert.equal(await one.timeout(20_000).emitWithAck('say', 'hello'), 'delivered')
    assert.deepEqual(await said, ['hello'])
  }
}

export function testTenMinutes(installed: () => Installed): void {
  const pageOf = (steps: readonly Step[]): string =>
    steps.flatMap((step) => (step.kind === 'file' && step.name === 'public/index.html' ? [step.text] : []))[0] ?? ''

  test('the README, from top to bottom', async (t) => {
    const { tarball, folder } = installed()
    const reader = new Reader(t, tarball, join(folder, '..', 'readme'))
    const express = stepsOf('README.md', ['Install', 'Express'])
    await reader.follow([{ kind: 'command', line: 'npm init --yes' }, ...express])
    await reader.checkPage(pageOf(express))
    await reader.follow(stepsOf('README.md', ['Koa']))
    await reader.checkPage(pageOf(express))
    await reader.follow(stepsOf('README.md', ['A class, its schemas, a typed client and a test']))
  })

  test('getting started on Express, up to a typed client and a test', async (t) => {
    const { tarball, folder } = installed()
    const reader = new Reader(t, tarball, join(folder, '..', 'start'))
    const express = stepsOf('docs/getting-started.md', ['Express'])
    await reader.follow(express)
    await reader.checkPage(pageOf(express))
    await reader.follow(stepsOf('docs/getting-started.md', ['Rooms and a login']))
    await reader.follow(stepsOf('docs/getting-started.md', ['In TypeScript']))
  })

  test('getting started on Koa', async (t) => {
    const { tarball, folder } = installed()
    const text = pageOf(stepsOf('docs/getting-started.md', ['Express']))
    const reader = new Reader(t, tarball, join(folder, '..', 'start-koa'))
    await reader.follow([
      { kind: 'file', name: 'public/index.html', text },
      ...stepsOf('docs/getting-started.md', ['Koa']),
    ])
    await reader.checkPage(text)
  })
}
