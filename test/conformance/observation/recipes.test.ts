// Owns: the programs of docs/observability.md: metrics for Prometheus, ids in a log, spans.
// Elsewhere: that their code passes the compiler, the programs of the other documents (readme.test.ts).
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeFolder, readBlocks, removeFolder, startProgram } from '../../support/documents.js'
import { ask } from '../../support/engine-peer.js'
import { nodeClient } from '../../support/node-client.js'

const rows = [
  ['0.9', 'websocket'],
  ['0.9', 'xhr-polling'],
  ['2', 'polling'],
  ['4', 'websocket'],
] as const

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1000 && !isSo(); tries++) await sleep(5)
}

/** Samples by their names with labels. */
async function scrape(url: string): Promise<Map<string, number>> {
  const { status, body, headers } = await ask(`${url}/metrics`)
  assert.equal(status, 200)
  assert.match(String(headers['content-type']), /^text\/plain; version=0\.0\.4/)
  const samples = body.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    samples.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  )
}

describe('the programs of docs/observability.md', () => {
  let folder: string
  before(() => {
    folder = makeFolder(
      readBlocks().filter(({ place, mark }) => place.startsWith('docs/observability.md') && mark === 'runs'),
    )
  })
  after(() => {
    removeFolder(folder)
  })

  test('/metrics says what clients of every generation do', async (t) => {
    const url = await startProgram(t, folder, 'metrics.ts')
    for (const [generation, transport] of rows) {
      const client = nodeClient(t, url, transport, generation)
      await client.run(({ connect, ask: emit }) => emit(connect('/chat'), 'say', 'hi'))
    }
    await ask(`${url}/socket.io/1/`, { headers: { origin: 'https://evil.example' } })
    const samples = await scrape(url)
    const read = (name: string): number | undefined => samples.get(name)
    assert.equal(read('socket_io_connected{transport="websocket"}'), 2)
    assert.equal(read('socket_io_connected{transport="xhr-polling"}'), 1)
    assert.equal(read('socket_io_connected{transport="polling"}'), 1)
    assert.equal(read('socket_io_events_received_total'), 4)
    assert.equal(read('socket_io_connect_total{protocol="0.9"}'), 2)
    assert.equal(read('socket_io_refused_total{code="SIO_HANDSHAKE_ORIGIN"}'), 1)
    assert.equal(read('socket_io_handler_seconds_count{namespace="/chat",method="on_say",outcome="ok"}'), 4)
    const sum = read('socket_io_handler_seconds_sum{namespace="/chat",method="on_say",outcome="ok"}') ?? 0
    assert.ok(sum > 0 && sum < 10, String(sum))
    assert.ok((read('socket_io_recieve_bytes') ?? 0) > 4 * 'say'.length)
    // Read again, counters have not been counted twice.
    assert.equal((await scrape(url)).get('socket_io_events_received_total'), 4)
  })

  test('a flood of invented names makes no time series', async (t) => {
    const url = await startProgram(t, folder, 'metrics.ts')
    const flood = async (generation: '0.9' | '4', begin: number, count: number): Promise<void> => {
      const client = nodeClient(t, url, 'websocket', generation)
      await client.run(
        async ({ connect, ask: emit }, range) => {
          const socket = connect('/chat')
          await emit(socket, 'say', 'hi')
          for (let number = range.begin; number < range.begin + range.count; number++) {
            socket.emit(`invented ${number}`, number)
            if (number % 10 > 0) continue
            const project = connect(`/project-${number}`, {})
            await emit(project, 'say', 'there')
          }
          await emit(socket, 'say', 'bye')
        },
        { begin, count },
      )
    }
    await flood('0.9', 0, 10)
    await flood('4', 10, 10)
    const first = await scrape(url)
    await flood('0.9', 100, 200)
    await flood('4', 300, 200)
    const second = await scrape(url)
    assert.deepEqual([...second.keys()].toSorted(), [...first.keys()].toSorted())
    assert.ok([...first.keys()].some((name) => name.includes('namespace="other"')))
    assert.equal(second.get('socket_io_errors_total{name="no_such_method"}'), 420)
  })

  for (const [generation, transport] of rows) {
    test(`each line of the log has the id of its call, after await as well: ${generation}, ${transport}`, async (t) => {
      const written: string[] = []
      const url = await startProgram(t, folder, 'pino.ts', { written })
      const client = nodeClient(t, url, transport, generation)
      await client.run(async ({ connect, ask: emit }) => {
        const socket = connect('/chat')
        await Promise.all([emit(socket, 'say', 'one'), emit(socket, 'say', 'three')])
      })
      const lines = (): Record<string, unknown>[] =>
        written
          .join('')
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line) as Record<string, unknown>)
      await until(() => lines().length === 5)
      const seen = lines()
      assert.deepEqual(
        seen.map(({ msg, method, namespace, length }) => [msg, method, namespace, length]),
        [
          ['connecting', 'recv_connect', '/chat', undefined],
          ['said', 'on_say', '/chat', undefined],
          ['saved', 'on_say', '/chat', 3],
          ['said', 'on_say', '/chat', undefined],
          ['saved', 'on_say', '/chat', 5],
        ],
      )
      const calls = seen.map(({ call }) => call)
      assert.equal(calls[1], calls[2])
      assert.equal(calls[3], calls[4])
      assert.equal(new Set(calls).size, 3)
      assert.equal(new Set(seen.map(({ socket }) => socket)).size, 1)
    })
  }

  test('spans are of the right kind, children of what called them, and ended', async (t) => {
    // In place of an SDK: it writes a line for each span that ends.
    writeFileSync(
      join(folder, 'provider.mjs'),
      `import { propagation, trace, TraceFlags } from '@opentelemetry/api'
      let spans = 0
      const startSpan = (name, { kind, attributes = {} } = {}, context) => {
        const parent = context && trace.getSpanContext(context)
        const span = { name, kind, attributes, parent: parent?.spanId }
        const spanContext = { traceId: parent?.traceId ?? 'f'.repeat(32), spanId: String(++spans).padStart(16, '0'), traceFlags: TraceFlags.SAMPLED }
        return {
          spanContext: () => spanContext,
          setAttribute: (key, value) => { attributes[key] = value },
          setStatus: ({ code }) => { span.status = code },
          end: () => console.log(JSON.stringify({ ...span, ...spanContext })),
          isRecording: () => true,
        }
      }
      import { context as contexts } from '@opentelemetry/api'
      trace.setGlobalTracerProvider({
        getTracer: () => ({
          startSpan,
          startActiveSpan: (name, fn) => {
            const active = contexts.active()
            const span = startSpan(name, {}, active)
            return contexts.with(trace.setSpan(active, span), fn, undefined, span)
          },
        }),
      })
      propagation.setGlobalPropagator({
        inject() {},
        fields: () => ['traceparent'],
        extract: (context, { traceparent } = {}) => {
          const [, traceId, spanId] = traceparent?.split('-') ?? []
          return spanId === undefined ? context : trace.setSpanContext(context, { traceId, spanId, traceFlags: 1, isRemote: true })
        },
      })`,
    )
    const written: string[] = []
    const url = await startProgram(t, folder, 'opentelemetry.ts', { written, imports: ['./provider.mjs'] })
    const spans = (): Record<string, unknown>[] =>
      written
        .join('')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>)
    const client = nodeClient(t, url, 'websocket', '4')
    const remote = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }
    await client.run(async ({ connect, ask: emit }, traceparent) => {
      const plain = connect('/chat')
      await emit(plain, 'say', 'hi')
      plain.emit('fail')
      const traced = connect('/chat', { auth: { traceparent } })
      await emit(traced, 'say', 'hi')
    }, `00-${remote.traceId}-${remote.spanId}-01`)
    await until(() => spans().length >= 5)
    const [save, say, fail, , tracedSay] = spans()
    const attributes = {
      'messaging.system': 'socket.io',
      'messaging.operation.type': 'process',
      'messaging.destination.name': '/chat',
      'code.function.name': 'on_say',
      'messaging.socket_io.event_name': 'say',
    }
    // 4 is a consumer; 2 is an error.
    assert.deepEqual([say?.name, say?.kind, say?.attributes, say?.status], ['process /chat', 4, attributes, undefined])
    assert.deepEqual([save?.name, save?.parent], ['save', say?.spanId])
    assert.deepEqual(
      [fail?.status, (fail?.attributes as Record<string, unknown> | undefined)?.['error.type']],
      [2, 'TypeError'],
    )
    assert.deepEqual([tracedSay?.traceId, tracedSay?.parent], [remote.traceId, remote.spanId])
  })
})
