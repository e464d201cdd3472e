// Owns: a process with a thousand test clients, which is to end by itself.
import { connect } from '../../lib/testing.js'
import { Chat, makeApp, wires, type Face } from '../conformance/testing/apps.js'

const [, , face, how] = process.argv
const { app } = makeApp(face as Face, { '/chat': Chat })
const clients = []
for (let number = 0; number < 1000; number++) {
  const [protocol, transport] = wires[number % wires.length] as (typeof wires)[number]
  clients.push(await connect<typeof Chat>(app, '/chat', { protocol, transport, timeout: 20_000 }))
}
const answers = await Promise.all(clients.map((client) => client.ask('pair')))
if (how === 'leaving') await Promise.all(clients.map((client) => client.leave()))
console.log(`${answers.length} clients`)
