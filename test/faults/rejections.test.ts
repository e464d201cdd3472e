// Owns: functions of an application that reject where nobody waits, or are not what they should be: each ended the process.
// Elsewhere: the applications (rejections.plots.ts); every function and every way to fail (user-code.test.ts).
import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { enter, generations, openIn, type Generation } from '../support/generations.js'
import { survive, type Survivor } from '../support/survivor.js'
import { handlerNames } from './rejections.plots.js'

const plots = new URL('rejections.plots.ts', import.meta.url)

const alive = (generation: Generation): Generation[] => [generation]

/** The errors that were noted until now. */
async function errorsOf(survivor: Survivor): Promise<string[]> {
  const errors: string[] = []
  survivor.tell('ping')
  for (let note = ''; note !== 'pong';) {
    note = await survivor.noted('')
    if (note.startsWith('error ')) errors.push(note)
  }
  return errors
}

const leaving: Readonly<Record<string, (peer: Awaited<ReturnType<typeof enter>>) => void>> = {
  'hangs up': (peer) => {
    peer.reset()
  },
  'closes its connection': (peer) => {
    peer.close()
  },
  'leaves the namespace': (peer) => {
    peer.leave('/await')
  },
}

describe('a promise of ours that nobody awaits', { concurrency: 2 }, () => {
  for (const generation of generations) {
    test(`it ends no process when a client of ${generation} hangs up`, async (t) => {
      const survivor = await survive(t, plots, 'loose')
      const forms = ['sleep_then', 'sleep_finally', 'sleep_alone', 'ask_then', 'ask_alone', 'ask_timed', 'job_done']
      for (const form of forms) {
        const peer = await enter(t, survivor, generation, '/loose')
        peer.emit('/loose', form)
        peer.ask(7, '/loose', 'alive')
        await peer.until('ack /loose 7')
        peer.reset()
        assert.equal(await survivor.noted('ends'), 'ends: transport close', form)
      }
      await survivor.quiet()
      await survivor.assertServes(t, alive(generation))
    })

    test(`an ack of ${generation} that comes too late ends no process`, async (t) => {
      const survivor = await survive(t, plots, 'loose')
      const peer = await enter(t, survivor, generation, '/loose')
      peer.emit('/loose', 'ask_late')
      await new Promise((resolve) => setTimeout(resolve, 50))
      peer.ask(7, '/loose', 'alive')
      await peer.until('ack /loose 7')
      await survivor.assertServes(t, alive(generation))
    })
  }

  test('what the application itself throws behind it is reported, and ends no process', async (t) => {
    const survivor = await survive(t, plots, 'bugBehindSleep')
    const peer = await enter(t, survivor, '0.9', '/loose')
    peer.emit('/loose', 'bug')
    assert.match(await survivor.noted('error'), /^error handler_failed on "\/loose": /)
    await survivor.assertServes(t)
  })
})

describe('a hang-up while a handler waits', { concurrency: 2 }, () => {
  for (const generation of generations) {
    for (const [how, leave] of Object.entries(leaving)) {
      test(`a client of ${generation} that ${how} during sleep() or emitWithAck() is nobody's failure`, async (t) => {
        const survivor = await survive(t, plots, 'awaiting')
        // A goodbye waits for its turn: what is asked of a client that has left is answered by ClosedError at once, what
        // sleeps is heard out.
        const events =
          how === 'leaves the namespace' ? ['ask', 'ask_timed', 'job'] : ['sleep', 'ask', 'ask_timed', 'job']
        for (const event of events) {
          const peer = await enter(t, survivor, generation, '/await')
          peer.emit('/await', event)
          await survivor.noted('waits')
          leave(peer)
          assert.match(await survivor.noted('ends'), /^ends: (transport close|client namespace disconnect)$/, event)
          assert.deepEqual(await errorsOf(survivor), [], event)
          peer.close()
        }
        await survivor.assertServes(t, alive(generation))
      })
    }
  }
})

describe('an errorHandler that fails', { concurrency: 2 }, () => {
  for (const [at, name] of handlerNames.entries()) {
    test(`${name} ends no process, and clients are served`, async (t) => {
      const survivor = await survive(t, plots, `handler${at}`)
      for (const generation of generations) {
        const peer = await enter(t, survivor, generation, '/chat')
        peer.ask(1, '/chat', 'fail')
        peer.ask(2, '/chat', 'none')
        peer.ask(3, '/chat', 'say')
        await peer.until('ack /chat 3')
        peer.send('no packet')
        await survivor.quiet()
        await survivor.assertServes(t, alive(generation))
      }
      assert.match(survivor.written, /errorHandler/)
    })
  }
})

test('an async onLimit that rejects ends no process, and the client is served on', async (t) => {
  const survivor = await survive(t, plots, 'limit')
  for (const generation of generations) {
    const peer = await openIn(t, survivor, generation)
    for (let sent = 0; sent < 5; sent++) peer.emit('', 'say')
    await survivor.noted('limited')
    await survivor.quiet()
    await survivor.assertServes(t, alive(generation))
  }
})

test('listeners of other processes that reject or throw end no process, and keep nobody else from hearing', async (t) => {
  const survivor = await survive(t, plots, 'listeners')
  for (const event of ['rejects', 'throws', 'good']) {
    survivor.tell(event)
    assert.equal(await survivor.noted('heard'), `heard ${event}`)
    await survivor.quiet()
  }
  await survivor.assertServes(t)
})

async function jobsPeer(t: TestContext, generation: Generation) {
  const survivor = await survive(t, plots, 'jobs')
  return { survivor, peer: await enter(t, survivor, generation, '/jobs') }
}

describe('jobs', { concurrency: 2 }, () => {
  test('spawn() of what is no function is a failure of the handler, and ends no process', async (t) => {
    const { survivor, peer } = await jobsPeer(t, '0.9')
    for (const what of ['undefined', 'null', 'text', 'object', 'number']) {
      peer.emit('/jobs', 'spawn', what)
      assert.match(await survivor.noted('error'), /^error handler_failed on "\/jobs"/, what)
      assert.deepEqual(await errorsOf(survivor), [], what)
    }
    for (const what of ['undefined', 'null']) {
      peer.emit('/jobs', 'spawn on socket', what)
      assert.match(await survivor.noted('error'), /^error handler_failed on /, what)
      assert.deepEqual(await errorsOf(survivor), [], what)
    }
    peer.ask(7, '/jobs', 'alive')
    await peer.until('ack /jobs 7')
  })

  for (const generation of generations) {
    test(`abort listeners that throw or reject end no process, for a client of ${generation}`, async (t) => {
      const { survivor, peer } = await jobsPeer(t, generation)
      // By the namespace's own hand, by job.kill(), by the goodbye, by the loss.
      peer.emit('/jobs', 'listen')
      peer.ask(1, '/jobs', 'kill')
      await peer.until('ack /jobs 1')
      for (let heard = 0; heard < 2; heard++) await survivor.noted('aborted')
      peer.ask(2, '/jobs', 'kill one')
      await peer.until('ack /jobs 2')
      await survivor.quiet()
      peer.emit('/jobs', 'listen')
      peer.leave('/jobs')
      assert.equal(await survivor.noted('ends'), 'ends: client namespace disconnect')
      await survivor.quiet()
      const other = await enter(t, survivor, generation, '/jobs')
      other.emit('/jobs', 'listen')
      other.ask(7, '/jobs', 'alive')
      await other.until('ack /jobs 7')
      other.reset()
      assert.equal(await survivor.noted('ends'), 'ends: transport close')
      await survivor.quiet()
      await survivor.assertServes(t, alive(generation))
    })
  }
})

describe('disconnect() as it should not be', { concurrency: 2 }, () => {
  for (const generation of generations) {
    test(`a disconnect that rejects or throws, a field as well, cleans up once and ends no process, on ${generation}`, async (t) => {
      const survivor = await survive(t, plots, 'disconnects')
      for (const [name, how] of [
        ['/field', 'field'],
        ['/method', 'method'],
        ['/throwing', 'throwing'],
      ] as const) {
        for (const end of ['leave', 'reset'] as const) {
          const peer = await enter(t, survivor, generation, name)
          if (end === 'leave') peer.leave(name)
          else peer.reset()
          await survivor.noted('ends')
          assert.equal(await survivor.noted('disconnect'), `disconnect ${how}`)
          assert.equal((await errorsOf(survivor)).length, 1, `${name} ${end}`)
        }
      }
      survivor.tell('count')
      assert.equal(await survivor.noted('members'), 'members 0,0,0')
      await survivor.assertServes(t, alive(generation))
    })

    test(`a kick ends a namespace whose disconnect fails, on ${generation}`, async (t) => {
      const survivor = await survive(t, plots, 'disconnects')
      const peer = await openIn(t, survivor, generation)
      for (const name of ['/field', '/method', '/throwing']) await peer.enter(name)
      survivor.tell('kick')
      await survivor.noted('kicked')
      assert.deepEqual(
        (await peer.take(3)).toSorted(),
        ['/field', '/method', '/throwing'].map((name) => `left ${name}`),
      )
      await survivor.quiet()
      survivor.tell('count')
      assert.equal(await survivor.noted('members'), 'members 0,0,0')
    })
  }
})
