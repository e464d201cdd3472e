// Owns: clients that come back through nginx and HAProxy to the one of three processes that they were lost from, by the
// configurations of docs/many-processes.md as they stand there; and as new clients when that process is gone.
// Elsewhere: names in session ids (process-names.test.ts), what comes back at all (../faults/recovery).
import assert from 'node:assert/strict'
import { before, describe, test, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { within } from '../support/journal.js'
import { blocksOf, replacePart, startHaproxy, startNginx, type Proxy } from '../support/proxies.js'
import { afterFile } from '../support/redis.js'
import { startFeed, type Feed } from '../faults/recovery/feed.js'
import { Line } from '../faults/recovery/line.js'
import {
  below,
  countingLibraries,
  isPollingOld,
  Listener,
  ways,
  type Libraries,
  type Way,
} from '../faults/recovery/listeners.js'
import { until } from './suite/counts.js'

const libraries = countingLibraries()
const after = afterFile()
const ports = ['127.0.0.1:3000', '127.0.0.1:3001', '127.0.0.1:3002']

async function startNode(processName: string): Promise<Feed> {
  return startFeed({ after } as unknown as TestContext, { processName })
}

function withPorts(text: string, nodes: readonly Feed[]): string {
  return ports.reduce((done, place, index) => replacePart(done, place, `127.0.0.1:${nodes[index]?.server.port}`), text)
}

const proxies = {
  async nginx(nodes: readonly Feed[]): Promise<Proxy> {
    const [server = ''] = blocksOf('docs/proxies.md', 'nginx')
    const names = blocksOf('docs/many-processes.md', 'nginx').find((block) => block.includes('upstream a {')) ?? ''
    const whole = replacePart(server, 'proxy_pass http://app;', 'proxy_pass http://$upstream;')
    return startNginx(after, `${withPorts(names, nodes)}\n${replacePart(whole, '127.0.0.1:3000', '127.0.0.1:9')}`)
  },
  async HAProxy(nodes: readonly Feed[]): Promise<Proxy> {
    const [one = ''] = blocksOf('docs/proxies.md', 'haproxy')
    const [names = ''] = blocksOf('docs/many-processes.md', 'haproxy')
    return startHaproxy(after, one.slice(0, one.indexOf('\nbackend app') + 1) + withPorts(names, nodes))
  },
}

/** How many namespaces of that process are neither lost nor over. */
function connectedIn({ opened, ended, suspended, resumed }: Feed): number {
  return opened.entries.length + resumed.entries.length - ended.entries.length - suspended.entries.length
}

/** As the page of the docs does. */
function namesItsHome(listener: Listener): void {
  const { io: manager } = listener.socket as ReturnType<Libraries['4']>
  manager.on('open', () => {
    const [name] = manager.engine.id.split('.')
    manager.opts.query = { ...(manager.opts.query as object), home: `${name}.` }
  })
}

// Of each generation, a client on websockets and one that polls.
const kinds = ways.filter(({ transports }: Way) => transports.length === 1)

for (const [name, startProxy] of Object.entries(proxies)) {
  describe(name, () => {
    let proxy: Proxy
    let nodes: readonly Feed[]
    before(async () => {
      nodes = await Promise.all(['a', 'b', 'c'].map(startNode))
      proxy = await startProxy(nodes)
    })

    for (const way of kinds) {
      // That client closes each connection, HAProxy resets its own for it, and what was answered counts as not read.
      if (name === 'HAProxy' && isPollingOld(way)) continue
      test(`${way.name} comes back through ${name} to its process, wherever that is`, async (t) => {
        const places = new Set<Feed>()
        for (let tries = 0; tries < 30 && places.size < nodes.length; tries++) {
          const lives = (): number[] => nodes.map(({ opened }) => opened.entries.length)
          const atFirst = lives()
          const { listener, line } = await visit(t, proxy, way)
          const feed = nodes.find((node, index) => node.opened.entries.length > (atFirst[index] ?? 0)) as Feed
          places.add(feed)
          const first = feed.send()
          await listener.until(first)
          const opened = lives()
          for (const round of [1, 2]) {
            // Between two polls a cut is not noticed, and one that is cut on its way back begins anew.
            for (let cuts = 1; listener.back.entries.length < round; cuts++) {
              await line.cut()
              feed.send()
              await pause(100 * cuts)
            }
          }
          const last = feed.send()
          await listener.until(last)
          assert.deepEqual(listener.numbers.entries, below(last + 1).slice(first))
          assert.deepEqual(lives(), opened)
          listener.leave()
          // A process that HAProxy believes to serve it still would not get the next one.
          await until(async () => connectedIn(feed), 0)
        }
        assert.equal(places.size, nodes.length)
      })
    }

    test(`clients of a process that is gone are new ones elsewhere, behind ${name}`, async (t) => {
      const listeners = await Promise.all(kinds.map(async (way) => (await visit(t, proxy, way)).listener))
      for (const { server } of nodes.slice(0, 2)) {
        await server.io.close()
        server.server.close()
        server.server.closeAllConnections()
      }
      for (const listener of listeners) {
        // On a connection that is still to break nothing is answered.
        await within('an answer', Promise.race([listener.back.until(1), echo(listener)]))
        await within('an answer elsewhere', echo(listener))
      }
    })
  })
}

const echo = (listener: Listener): Promise<void> =>
  new Promise((resolve) => {
    listener.emit('echo', 1, () => {
      resolve()
    })
  })

/** A client that comes through the proxy, on a line of its own. */
async function visit(t: TestContext, proxy: Proxy, way: Way): Promise<{ listener: Listener; line: Line }> {
  const line = new Line(proxy.port)
  const listener = new Listener(t, `http://127.0.0.1:${await line.listen(t)}`, way, libraries)
  if (way.generation === '4') namesItsHome(listener)
  await listener.connected()
  return { listener, line }
}
