// Owns: which answers to polls are dropped after the end of a session, and that those which have gone out are forgotten.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { UnreadAnswers, type UnreadAnswer } from '../../../lib/server/engine/unread-answers.js'
import { Deadlines } from '../../../lib/support/timers.js'
import { FakeClock } from '../../support/clock.js'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

test('answers of a session that has ended are dropped half a minute later, but for those that have gone out', () => {
  const clock = new FakeClock()
  const answers = new UnreadAnswers(new Deadlines(clock))
  const aborted: string[] = []
  const add = (sid: string, name: string, hasEnded = false): UnreadAnswer => {
    const answer = { sid, deadline: undefined, deadlinePassed: () => aborted.push(name) }
    answers.add(answer, hasEnded)
    return answer
  }
  add('a', 'first')
  const second = add('a', 'second')
  add('a', 'third')
  add('b', 'of another')
  answers.over(second)
  answers.part('a')
  answers.over(add('a', 'late', true))
  add('a', 'later', true)
  clock.advance(29_000)
  assert.deepEqual(aborted, [])
  clock.advance(1_001)
  assert.deepEqual(aborted, ['first', 'third', 'later'])
})

test('answers that overlap, so that one is always on its way, are forgotten once they have gone out', async () => {
  const answers = new UnreadAnswers(new Deadlines(new FakeClock()))
  const made: WeakRef<object>[] = []
  const add = () => {
    const answer = { sid: 'a', deadline: undefined, deadlinePassed() {} }
    answers.add(answer, false)
    made.push(new WeakRef(answer))
    return answer
  }
  let before = add()
  for (let poll = 0; poll < 200; poll++) {
    const next = add()
    answers.over(before)
    before = next
  }
  await turn()
  collect()
  const left = made.filter((reference) => reference.deref() !== undefined)
  assert.ok(left.length < 10, `${left.length} of ${made.length} are kept`)
})
