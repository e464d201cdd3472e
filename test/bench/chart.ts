// Owns: the chart of docs/: what ours costs as bars beside the line of what a peer costs.
// Elsewhere: the figures (table.ts).
import { bare } from './peers.js'
import { show, type Comparison } from './table.js'

interface Bar {
  readonly value: number
  readonly kind: 'peer' | 'bare'
  readonly label: string
}

const width = 760
const left = 210
const right = 700
const top = 92
const barHeight = 10
const pairHeight = 2 * barHeight + 7
const gap = 12

// Readable on white and on black: whoever shows it says which of the two there is.
const style = `
  text { font: 12px system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif; fill: #1f2328 }
  .title { font-size: 16px; font-weight: 600 }
  .name { font-weight: 600 }
  .faint { fill: #59636e; font-size: 11px }
  .grid { stroke: #d1d9e0; stroke-width: 1 }
  .one { stroke: #1f2328; stroke-width: 1.5 }
  .ground { fill: #ffffff }
  .peer { fill: #0969da }
  .bare { fill: #8c959f }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc }
    .faint { fill: #9198a1 }
    .grid { stroke: #30363d }
    .one { stroke: #f0f6fc }
    .ground { fill: #0d1117 }
    .peer { fill: #4493f8 }
    .bare { fill: #6e7681 }
  }`

/** An SVG of all comparisons; `below` says when and where they were made. */
export function chart(comparisons: readonly Comparison[], below: string): string {
  const values = comparisons.flatMap(({ rows }) => rows.flatMap(({ toSocketIo, toBare = 0 }) => [toSocketIo, toBare]))
  const most = Math.max(2, Math.ceil(Math.max(...values)))
  const x = (value: number): number => left + (value / most) * (right - left)
  const parts: string[] = []
  let y = top
  for (const { name, rows } of comparisons) {
    parts.push(text(16, y + pairHeight, name, 'name'))
    for (const { clients, toSocketIo, toBare } of rows) {
      parts.push(text(left - 10, y + 14, clients, 'faint', 'end'))
      const bars: Bar[] = [
        { value: toSocketIo, kind: 'peer', label: show(toSocketIo) },
        ...(toBare === undefined ? [] : [{ value: toBare, kind: 'bare', label: show(toBare) } as const]),
      ]
      bars.forEach(({ value, kind, label }, index) => {
        const at = y + index * (barHeight + 1)
        parts.push(
          `<rect class="${kind}" x="${left}" y="${at}" width="${(x(value) - left).toFixed(1)}" height="${barHeight}"/>`,
          text(Number((x(value) + 5).toFixed(1)), at + barHeight - 0.5, label, 'faint'),
        )
      })
      y += pairHeight
    }
    y += gap
  }
  const bottom = y - gap
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${bottom + 58}" viewBox="0 0 ${width} ${bottom + 58}" role="img">`,
    '<title>What socketio-middleware costs, as ratios to Socket.IO 4 and to a bare server</title>',
    `<style>${style}\n</style>`,
    `<rect class="ground" width="100%" height="100%"/>`,
    text(16, 28, 'Cost of socketio-middleware, with the cost of the peer as 1', 'title'),
    text(16, 46, 'Server CPU, and heap for memory, per unit of work. Shorter is better.', 'faint'),
    `<rect class="peer" x="16" y="58" width="10" height="10"/>`,
    text(32, 67, 'to Socket.IO 4'),
    `<rect class="bare" x="136" y="58" width="10" height="10"/>`,
    text(152, 67, `to bare ${bare.websocket}, or ${bare.polling} for polling`),
    ...ticks(most).map((tick) => grid(x(tick), tick, bottom)),
    ...parts,
    `<line class="one" x1="${x(1)}" x2="${x(1)}" y1="${top - 8}" y2="${bottom}"/>`,
    ...lines(below).map((line, index) => text(16, bottom + 34 + index * 14, line, 'faint')),
    '</svg>\n',
  ].join('\n')
}

function ticks(most: number): number[] {
  const step = most > 5 ? 1 : 0.5
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, index) => index * step)
}

function grid(x: number, tick: number, bottom: number): string {
  const line = `<line class="grid" x1="${x}" x2="${x}" y1="${top - 8}" y2="${bottom}"/>`
  return `${line}${text(x, bottom + 14, String(tick), 'faint', 'middle')}`
}

function text(x: number, y: number, content: string, kind = '', anchor = 'start'): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return `<text x="${x}" y="${y}" text-anchor="${anchor}"${kind === '' ? '' : ` class="${kind}"`}>${escaped}</text>`
}

/** Broken where there is room for no more. */
function lines(content: string): string[] {
  const broken = ['']
  for (const word of content.split(' ')) {
    const line = broken.at(-1) ?? ''
    if (line.length + word.length < 125) broken[broken.length - 1] = `${line} ${word}`.trimStart()
    else broken.push(word)
  }
  return broken
}
