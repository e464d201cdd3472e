// Owns: what is sent to a client of 2 between two polls, when it comes back before the server has noticed that it was lost: it was
// never written, so it comes, also to a client that does not count.
// Elsewhere: cuts while polls are held (test/faults/recovery).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace } from '../../../lib/index.js'
import { startServer } from '../../support/server.js'

for (const counts of [false, true])
  test(`a client of 2 that ${counts ? 'counts' : 'does not count'} gets what was sent to it between two polls of the connection before`, async (t) => {
    const { io, url } = await startServer(t, { '': BaseNamespace }, { recovery: true })
    const get = async (query: string): Promise<string> => {
      const response = await fetch(`${url}/socket.io/?EIO=3&transport=polling&b64=1${query}`)
      return response.text()
    }
    const open = async (query = ''): Promise<string> => {
      const sid = /"sid":"([^"]+)"/.exec(await get(query))?.[1]
      assert.ok(sid !== undefined)
      return sid
    }
    const first = await open()
    assert.equal(await get(`&sid=${first}`), '2:40')
    io.sockets.emit('news', 1)
    assert.equal(await get(`&sid=${first}`), '12:42["news",1]')
    io.sockets.emit('news', 2)
    io.sockets.emit('news', 3)
    const second = await open(`&resume=${first}${counts ? '&seen=1' : ''}`)
    assert.equal(await get(`&sid=${second}`), '2:4012:42["news",2]12:42["news",3]')
    assert.equal(io.stats().resumed, 1)
  })

test('a namespace that is confirmed between two polls brings back nothing that was written before', async (t) => {
  const { io, url } = await startServer(t, { '': BaseNamespace, '/other': BaseNamespace }, { recovery: true })
  const address = `${url}/socket.io/?EIO=3&transport=polling&b64=1`
  const get = async (query: string): Promise<string> => (await fetch(address + query)).text()
  const first = /"sid":"([^"]+)"/.exec(await get(''))?.[1] ?? ''
  assert.equal(await get(`&sid=${first}`), '2:40')
  io.sockets.emit('news', 1)
  assert.equal(await get(`&sid=${first}`), '12:42["news",1]')
  await fetch(`${address}&sid=${first}`, { method: 'POST', body: '8:40/other' })
  io.sockets.emit('news', 2)
  const second = /"sid":"([^"]+)"/.exec(await get(`&resume=${first}`))?.[1] ?? ''
  assert.equal(await get(`&sid=${second}`), '2:4012:42["news",2]')
})
