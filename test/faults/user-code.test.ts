// Owns: functions that an application hands us, each failing in each way: the process lives, everybody else is served, access
// stays closed, and the developer is told once. A function that is missing in the table fails here.
// Elsewhere: the table (user-code/table.ts), what the client itself is told (../conformance/namespaces/exceptions.test.ts).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { BaseNamespace, BroadcastMixin, RoomsMixin, SessionMixin, socketioMiddleware } from '../../lib/index.js'
import { faultNames, Point } from './user-code/faults.js'
import { membersOfIo, others, table } from './user-code/table.js'
import { Walk } from './user-code/walk.js'

for (const row of table) {
  describe(row.name, () => {
    for (const fault of faultNames) {
      const cell = row.cells[fault]
      if (cell === '-') continue
      for (const generation of row.generations) {
        test(`${row.name} ${fault}, for a client of ${generation}: ${cell}`, async (t) => {
          const uncaught: unknown[] = []
          const note = (error: unknown): void => {
            uncaught.push(error)
          }
          process.on('uncaughtExceptionMonitor', note)
          process.on('unhandledRejection', note)
          t.after(() => {
            process.off('uncaughtExceptionMonitor', note)
            process.off('unhandledRejection', note)
          })
          const point = new Point(row.name, fault, row.garbage)
          // A field is there from the constructor on, whoever calls it when.
          const isGate = row.isArmedAtOnce || fault === 'is a class field'
          const { first, reports } = await new Walk(t, point, generation).go(isGate)
          assert.deepEqual(uncaught, [], 'the process lives')
          const [outcome, times = ''] = cell.split(' ')
          if (isGate) {
            if (outcome === '403') assert.match(first, /^(?:403|500|400|closed)|the end of its connection/)
            else if (outcome !== 'any') assert.equal(first, outcome)
          }
          assert.ok(point.failures > 0, 'it was called')
          const [least, most = least] = times.split('-').map(Number) as [number, number?]
          assert.ok(
            reports.length >= least && reports.length <= most,
            `expected ${times} reports, got ${JSON.stringify(reports)}`,
          )
        })
      }
    }
  })
}

/** The names in a UsageError that lists what there is. */
function namesIn(options: object): string[] {
  try {
    socketioMiddleware({}, options)
  } catch (error) {
    return /one of ([\w., ]+?)(?:, got|$)/.exec((error as Error).message)?.[1]?.split(', ') ?? []
  }
  return []
}

/** Whether an option takes a function. */
async function takesFunction(options: object): Promise<boolean> {
  try {
    await socketioMiddleware({}, options).close()
    return true
  } catch (error) {
    return Reflect.get(error as Error, 'code') !== 'SIO_USAGE_OPTION'
  }
}

const known = new Set([...table.map(({ name }) => name), ...Object.keys(others)])

test('every option that takes a function is in the table', async () => {
  const names = namesIn({ nonsense: 1 })
  assert.ok(names.length > 30, names.join())
  const missing: string[] = []
  for (const name of names) {
    if (await takesFunction({ [name]: () => {} })) if (!known.has(name)) missing.push(name)
  }
  for (const [group, base] of [
    ['engine', {}],
    ['rateLimit', { events: 1, per: 1 }],
    ['recovery', {}],
  ] as const) {
    const members = namesIn({ [group]: { ...base, nonsense: 1 } })
    assert.ok(members.length >= 4, group)
    for (const member of members) {
      const name = `${group}.${member}`
      if (await takesFunction({ [group]: { ...base, [member]: () => {} } })) if (!known.has(name)) missing.push(name)
    }
  }
  assert.deepEqual(missing, [])
})

test('every method of a namespace is in the table, or is one that only the application calls', () => {
  const prototypes = [
    BaseNamespace.prototype,
    RoomsMixin(BaseNamespace).prototype,
    BroadcastMixin(BaseNamespace).prototype,
    SessionMixin(BaseNamespace).prototype,
  ]
  const methods = prototypes.flatMap((prototype) =>
    Object.entries(Object.getOwnPropertyDescriptors(prototype))
      .filter(([, { value }]) => typeof value === 'function')
      .map(([name]) => name),
  )
  assert.ok(methods.length > 30)
  assert.deepEqual(
    methods.filter((name) => !known.has(name) && !known.has(`class: ${name}`)),
    [],
  )
})

test('every member of io is known, with the functions that it takes', async () => {
  const io = socketioMiddleware({})
  assert.deepEqual(Object.keys(io).toSorted(), Object.keys(membersOfIo).toSorted())
  await io.close()
  for (const rows of Object.values(membersOfIo)) for (const name of rows) assert.ok(known.has(name), name)
})
