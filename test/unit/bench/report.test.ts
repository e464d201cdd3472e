import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readArguments } from '../../bench/arguments.js'
import { chart } from '../../bench/chart.js'
import { withResults } from '../../bench/document.js'
import { bare, ours, socketIo } from '../../bench/peers.js'
import type { Result } from '../../bench/result.js'
import { compare, loadTable, microTable } from '../../bench/table.js'

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
    /expected --scenarios of echo, .*micro, types, got nope/,
  )
  assert.throws(() => readArguments(['--write', '--scenarios', 'echo']), /expected --write without --scenarios/)
  assert.deepEqual(
    readArguments(['--scenarios', 'chat,micro', '--quick']).scenarios.map(({ name }) => name),
    ['chat'],
  )
})
