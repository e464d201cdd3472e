import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readArguments } from '../../bench/arguments.js'
import { changes } from '../../bench/changed.js'
import { chart } from '../../bench/chart.js'
import { withResults } from '../../bench/document.js'
import { bare, ours, socketIo } from '../../bench/peers.js'
import type { Result } from '../../bench/result.js'
import { compare, loadTable, microTable, timeTable } from '../../bench/table.js'

function echoOf(costs: Record<string, number>): Result[] {
  return Object.entries(costs).map(([row, cost]) => {
    return { suite: 'load', name: 'echo', row, unit: 'µs', round: 1, slices: [cost] }
  })
}
const echo = echoOf({ [ours[0]]: 12, [ours[1]]: 30, [socketIo]: 20, [bare.websocket]: 10 })

test('the table has both generations of clients beside Socket.IO 4 and the bare server', () => {
  const lines = loadTable(compare(echo)).split('\n')
  assert.equal(lines.length, 3)
  assert.deepEqual(
    lines[2]?.split('|').map((cell) => cell.trim()),
    ['', 'echo', 'an event and its ack, one in flight', '0.60', '1.20', '1.50', '3.00', ''],
  )
})

test('what runs in process is shown beside its control', () => {
  const micro = (row: string, slices: number[]): Result => {
    return { suite: 'micro', name: 'decode', row, unit: 'ns', round: 1, slices }
  }
  const table = microTable([micro('ours', [30, 31]), micro('JSON.parse', [20, 20])])
  assert.match(table, /\| decode +\| 1\.52 +\| JSON\.parse \|/)
})

test('a scenario that no bare server does has no ratio to one, and no bar', () => {
  const name = 'connect-session'
  const results = echo.filter(({ row }) => row !== bare.websocket).map((result) => ({ ...result, name }))
  const comparisons = compare(results)
  assert.match(loadTable(comparisons), /\| 0\.60 +\| – +\| 1\.50 +\| – +\|$/m)
  const svg = chart(comparisons, 'Measured.')
  assert.deepEqual(
    [...svg.matchAll(/<rect class="(peer|bare)" x="210"/g)].map(([, kind]) => kind),
    ['peer', 'peer'],
  )
})

test('times are shown in milliseconds, the median over rounds', () => {
  const time = (row: string, round: number, ms: number): Result => {
    return { suite: 'time', name: 'latency-2000, p99', row, unit: 'ms', round, slices: [ms] }
  }
  const table = timeTable([time(ours[1], 1, 1), time(ours[1], 2, 9), time(ours[1], 3, 2), time(socketIo, 1, 4)])
  assert.match(table ?? '', /\| Milliseconds +\| ours, 4 clients +\| socket\.io 4 +\|/)
  assert.match(table ?? '', /\| latency-2000, p99 +\| 2\.00 +\| 4\.00 +\|/)
  assert.equal(timeTable(echo), undefined)
})

test('what has changed by a tenth or more since the last table is told, and nothing else', () => {
  const tableOf = (toSocketIo: number, toBare: number): string => {
    return loadTable(compare(echoOf({ [ours[0]]: 10, [socketIo]: 10 / toSocketIo, [bare.websocket]: 10 / toBare })))
  }
  const told = changes(tableOf(1, 2), tableOf(0.8, 2.1))
  assert.match(told ?? '', /\| echo, 0\.9 clients: to Socket\.IO 4 +\| 1\.00 +\| 0\.80 +\| -20 % \|/)
  assert.equal(told?.split('\n').length, 3)
  assert.equal(changes(tableOf(1, 2), tableOf(1.05, 2.1)), undefined)
  assert.equal(changes('no table yet', tableOf(1, 2)), undefined)
})

test('the chart has a bar for each ratio, as long as it is large', () => {
  const svg = chart(compare(echo), 'Measured & kept.')
  const widths = [...svg.matchAll(/<rect class="(peer|bare)" x="210" y="\d+" width="([\d.]+)"/g)].map(
    ([, kind, width]) => [kind, Number(width) / 490],
  )
  assert.deepEqual(
    widths.map(([kind, share]) => [kind, (Number(share) * 3).toFixed(2)]),
    [
      ['peer', '0.60'],
      ['bare', '1.20'],
      ['peer', '1.50'],
      ['bare', '3.00'],
    ],
  )
  assert.match(svg, /Measured &amp; kept\./)
})

test('results are written between the marks of the document, and replace those before', () => {
  const document = 'before\n<!-- bench -->\nold\n<!-- /bench -->\nafter\n'
  assert.equal(withResults(document, '$& new'), 'before\n<!-- bench -->\n$& new\n<!-- /bench -->\nafter\n')
  assert.throws(() => withResults('no marks', 'new'), /expected <!-- bench -->/)
})

test('the command line is refused where it says what cannot be', () => {
  assert.throws(() => readArguments(['--rounds', 'many']), /expected --rounds from 1 to 100, got many/)
  assert.throws(
    () => readArguments(['--scenarios', 'echo,nope']),
    /expected --scenarios of echo, .*micro, types, floor, got nope/,
  )
  assert.throws(() => readArguments(['--write', '--scenarios', 'echo']), /expected --write without --scenarios/)
  assert.deepEqual(
    readArguments(['--scenarios', 'chat,micro', '--quick']).scenarios.map(({ name }) => name),
    ['chat'],
  )
})
