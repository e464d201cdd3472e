// Owns: a soak: a server in a process of its own, and a crowd that comes, chats and drops for as long as asked.
// `npm run soak -- --seconds 120 [--sockets 2000] [--seed 1]`. It ends with 1 when anything was lost or is left.
import { parseArgs } from 'node:util'
import { soak } from './run-soak.js'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '120' },
    sockets: { type: 'string', default: '2000' },
    seed: { type: 'string' },
  },
})
const seconds = numberOf('seconds', values.seconds)
const sockets = numberOf('sockets', values.sockets)
const seed = numberOf('seed', values.seed ?? String(Date.now() % 1_000_000))

const faults = await soak({ seconds, sockets, seed, silenceMs: 30_000, say: console.log })
for (const fault of faults) console.error(`not so: ${fault}`)
console.log(faults.length === 0 ? 'clean' : `seed ${seed}`)
process.exit(faults.length === 0 ? 0 : 1)

function numberOf(name: string, text: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1) return number
  throw new Error(`expected --${name} to be a positive integer, got ${text}`)
}
