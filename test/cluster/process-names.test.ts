// Owns: the configurations of docs/many-processes.md that route by the name in a sid, as they stand there: nginx and HAProxy in
// front of three processes, one of which dies.
// Elsewhere: one process behind them (proxies.test.ts), the sids (../conformance/process-names.test.ts).
import assert from 'node:assert/strict'
import { before, describe, test, type TestContext } from 'node:test'
import { connectClient, type Generation, pidInTheEnd, pidOf, type RoomClient } from '../support/cluster-clients.js'
import { startCluster, type ClusterNode } from '../support/cluster.js'
import { ask } from '../support/engine-peer.js'
import { within } from '../support/journal.js'
import { blocksOf, replacePart, startHaproxy, startNginx } from '../support/proxies.js'
import { afterFile } from '../support/redis.js'

const after = afterFile()
const kinds: readonly Generation[] = [
  '0.9 xhr-polling',
  '0.9 websocket',
  '2 polling',
  '4 polling',
  '4 websocket',
  '4 upgrading',
]

/** Three processes with names, which may share the secret of 0.9 handshakes. */
async function startThree(hasSecret: boolean): Promise<ClusterNode[]> {
  const [a, b, c] = await Promise.all(
    [
      hasSecret
        ? () => ({ processName: 'a', handshakeSecret: 'a secret that all share' })
        : () => ({ processName: 'a' }),
      hasSecret
        ? () => ({ processName: 'b', handshakeSecret: 'a secret that all share' })
        : () => ({ processName: 'b' }),
      hasSecret
        ? () => ({ processName: 'c', handshakeSecret: 'a secret that all share' })
        : () => ({ processName: 'c' }),
    ].map((options) => startCluster(after, 1, { options })),
  )
  return [a, b, c].map((nodes) => nodes?.[0] as ClusterNode)
}

const ports = ['127.0.0.1:3000', '127.0.0.1:3001', '127.0.0.1:3002']

function withPorts(text: string, nodes: readonly ClusterNode[]): string {
  return ports.reduce((done, place, index) => replacePart(done, place, `127.0.0.1:${nodes[index]?.port}`), text)
}

const proxies = {
  async nginx(nodes: readonly ClusterNode[]) {
    const [server = ''] = blocksOf('docs/proxies.md', 'nginx')
    const names = blocksOf('docs/many-processes.md', 'nginx').find((block) => block.includes('upstream a {')) ?? ''
    const whole = replacePart(server, 'proxy_pass http://app;', 'proxy_pass http://$upstream;')
    return startNginx(after, `${withPorts(names, nodes)}\n${replacePart(whole, '127.0.0.1:3000', '127.0.0.1:9')}`)
  },
  async HAProxy(nodes: readonly ClusterNode[]) {
    const [one = ''] = blocksOf('docs/proxies.md', 'haproxy')
    const [names = ''] = blocksOf('docs/many-processes.md', 'haproxy')
    return startHaproxy(after, one.slice(0, one.indexOf('\nbackend app') + 1) + withPorts(names, nodes))
  },
}

for (const name of ['nginx', 'HAProxy'] as const) {
  for (const hasSecret of [false, true]) {
    const what = `${name}, ${hasSecret ? 'with' : 'without'} handshakeSecret`
    describe(what, () => {
      let url: string
      let nodes: ClusterNode[]
      before(async () => {
        nodes = await startThree(hasSecret)
        url = (await proxies[name](nodes)).url
      })

      test(`clients of every kind stay with their process, and all processes get some`, async (t) => {
        const seen = new Set<number>()
        for (let round = 0; round < 3; round++) {
          for (const kind of kinds) {
            const client = await connectClient(t.after.bind(t), url, kind)
            const pid = await pidOf(client)
            for (let turn = 0; turn < 4; turn++) assert.equal(await pidOf(client), pid, kind)
            seen.add(pid)
          }
        }
        assert.equal(seen.size, 3)
      })

      test(`a name that no longer exists is answered as an unknown sid is`, async () => {
        for (const sid of [`gone.${'x'.repeat(20)}`, `a.${'x'.repeat(20)}`, 'x'.repeat(20)]) {
          assert.equal((await ask(`${url}/socket.io/1/xhr-polling/${sid}`)).body, '7:::1+0')
          for (const query of [`EIO=4&transport=polling&sid=${sid}`, `sid=${sid}&EIO=4&transport=polling`]) {
            const { status, body } = await ask(`${url}/socket.io/?${query}`)
            assert.deepEqual([status, body], [400, '{"code":1,"message":"Session ID unknown"}'])
          }
        }
      })

      test(`the clients of a process that dies come back to the others`, async (t) => {
        const clients = await oneOfEachEverywhere(t, url, nodes)
        const dead = nodes[1] as ClusterNode
        const deadPid = await dead.run(() => process.pid)
        await dead.kill()
        for (const { client, pid } of clients) {
          // A client of 0.9 that is told to reconnect while its POST is under way keeps its goodbye for the next connection,
          // which it ends: it is asked once it has noticed. With a secret, another process accepts its session id.
          if (pid === deadPid && !hasSecret) await within(`the loss of ${client.generation}`, client.ended)
          const now = await pidInTheEnd(client)
          if (pid === deadPid) assert.notEqual(now, deadPid)
          else assert.equal(now, pid, client.generation)
        }
        for (const kind of kinds) assert.notEqual(await pidOf(await connectClient(t.after.bind(t), url, kind)), deadPid)
      })
    })
  }
}

/** Clients of each kind in each process, which come back by themselves. */
async function oneOfEachEverywhere(t: TestContext, url: string, nodes: readonly ClusterNode[]) {
  const clients: { client: RoomClient; pid: number }[] = []
  for (const kind of kinds) {
    const pids = new Set<number>()
    for (let tries = 0; tries < 60 && pids.size < nodes.length; tries++) {
      const client = await connectClient(t.after.bind(t), url, kind, { comesBack: true })
      const pid = await pidOf(client)
      pids.add(pid)
      clients.push({ client, pid })
    }
    assert.equal(pids.size, nodes.length, `${kind} came to ${pids.size} processes`)
  }
  return clients
}
