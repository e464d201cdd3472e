// Owns: a worker behind stickyPrimary() that has stopped, and is killed: what was on its way to it.
// Elsewhere: one that is killed while it answers (sticky.test.ts).
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { within } from '../support/journal.js'
import { startPrimary } from '../support/sticky.js'

const ask = 'GET /pid HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'

/** Opens a connection and asks on it; its answer is there once it has ended. */
async function open(t: TestContext, port: number): Promise<{ readonly ended: Promise<string> }> {
  const socket = connect(port, '127.0.0.1')
  t.after(() => socket.destroy())
  let text = ''
  socket.on('data', (piece: Buffer) => (text += piece.toString('latin1')))
  socket.on('error', () => {})
  const ended = new Promise<string>((resolve) => {
    socket.on('close', () => {
      resolve(text)
    })
  })
  await new Promise<void>((resolve) => {
    socket.write(ask, () => {
      resolve()
    })
  })
  return { ended }
}

test('connections on their way to a worker that is killed come to another, and none waits for ever', async (t) => {
  const primary = await startPrimary(t, 2)
  const [stopped, other] = primary.pids as [number, number]
  process.kill(stopped, 'SIGSTOP')
  const connections = await Promise.all(Array.from({ length: 10 }, () => open(t, primary.port)))
  // The primary has read them, and has given half of them to each worker.
  await pause(300)
  await primary.tell({ kill: stopped })
  const answers = await within('the end of all', Promise.all(connections.map(({ ended }) => ended)))
  const answered = answers.filter((answer) => answer.endsWith(`\r\n\r\n${other}`))
  // The first was in the hands of the one that died.
  assert.deepEqual([answered.length, answers.filter((answer) => answer === '').length], [9, 1])
})

test('connections on their way to the last worker are answered when it is killed', async (t) => {
  const primary = await startPrimary(t, 1)
  const [stopped] = primary.pids as [number]
  process.kill(stopped, 'SIGSTOP')
  const connections = await Promise.all(Array.from({ length: 5 }, () => open(t, primary.port)))
  await pause(300)
  await primary.tell({ kill: stopped })
  const answers = await within('the end of all', Promise.all(connections.map(({ ended }) => ended)))
  assert.equal(answers.filter((answer) => answer.startsWith('HTTP/1.1 503 ')).length, 4)
})
