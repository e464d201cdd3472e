// Owns: running the suite against a server: `node --import tsx test/protocol-0.9/run.ts http://127.0.0.1:3000 [--only words]`.
// Elsewhere: what the server has to be (README.md), the cases (cases/).
//
// One line for each case, `ok` or `not ok` and its name, with what was expected below those that failed. The exit code is 1
// when one has failed. Cases run one after the other, and those that wait for time together at the end.
import { Target } from './client.js'
import { within } from './queue.js'
import type { Case } from './case.js'
import { endings } from './cases/endings.js'
import { handshakes } from './cases/handshakes.js'
import { liveness } from './cases/liveness.js'
import { packets } from './cases/packets.js'
import { polling } from './cases/polling.js'
import { websockets } from './cases/websockets.js'

const usage = 'usage: run.ts URL [--only WORDS] [--list]'

function readArguments(args: readonly string[]): { url: URL | undefined; only: string; isList: boolean } {
  let url: URL | undefined
  let only = ''
  let isList = false
  for (const [index, arg] of args.entries()) {
    if (args[index - 1] === '--only') only = arg
    else if (arg === '--list') isList = true
    else if (URL.canParse(arg) && new URL(arg).protocol === 'http:' && url === undefined) url = new URL(arg)
    else if (arg !== '--only') throw new Error(`${usage}; got ${arg}`)
  }
  if (url === undefined && !isList) throw new Error(usage)
  return { url, only, isList }
}

// Whatever a server does.
const mostMs = 30_000

async function failureOf(one: Case, url: URL): Promise<string | undefined> {
  const target = new Target(url)
  try {
    await within('the end of the case', one.run(target), mostMs)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    target.close()
  }
}

const { url, only, isList } = readArguments(process.argv.slice(2))
const isChosen = ({ name }: Case): boolean => name.includes(only)
const inTurn = [...handshakes, ...packets, ...polling, ...websockets, ...endings].filter(isChosen)
const together = liveness.filter(isChosen)
const failed: string[] = []

function tell(name: string, failure: string | undefined): void {
  if (failure === undefined) console.log(`ok - ${name}`)
  else {
    failed.push(name)
    console.log(`not ok - ${name}\n${failure.replaceAll(/^/gm, '    ')}`)
  }
}

if (isList) for (const { name } of [...inTurn, ...together]) console.log(name)
else if (url !== undefined) {
  for (const one of inTurn) tell(one.name, await failureOf(one, url))
  const late = together.map(async (one) => {
    tell(one.name, await failureOf(one, url))
  })
  await Promise.all(late)
  const count = inTurn.length + together.length
  console.log(`\n${count - failed.length} of ${count} passed`)
  process.exitCode = failed.length > 0 || count === 0 ? 1 : 0
}
