// Owns: a soak: a server in a process of its own, and a crowd that comes, chats and drops for as long as asked.
// `npm run soak -- --seconds 120 [--sockets 2000] [--seed 1] [--recovery]`. It ends with 1 when anything was lost or is left.
import { parseArgs } from 'node:util'
import { soakRecovery } from './recovery-soak.js'
import { soak } from './run-soak.js'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '120' },
    sockets: { type: 'string' },
    // Clients that come back, with connections that break all the time: real ones, and fewer.
    recovery: { type: 'boolean', default: false },
    seed: { type: 'string' },
  },
})
const seconds = numberOf('seconds', values.seconds)
const sockets = numberOf('sockets', values.sockets ?? (values.recovery ? '60' : '2000'))
const seed = numberOf('seed', values.seed ?? String(Date.now() % 1_000_000))

const run = values.recovery ? soakRecovery : soak
const faults = await run({ seconds, sockets, seed, silenceMs: values.recovery ? 12_000 : 30_000, say: console.log })
for (const fault of faults) console.error(`not so: ${fault}`)
console.log(faults.length === 0 ? 'clean' : `seed ${seed}`)
process.exit(faults.length === 0 ? 0 : 1)

function numberOf(name: string, text: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1) return number
  throw new Error(`expected --${name} to be a positive integer, got ${text}`)
}
