// Owns: the client's script under our resource: where it comes from, how it is cached, who may have it.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { runInNewContext } from 'node:vm'
import express from 'express'
import helmet from 'helmet'
import { socketioMiddleware } from '../../../lib/index.js'
import { faces, listen, startServer } from '../../support/server.js'
import { ask } from './peer.js'

const client09 = readFileSync(createRequire(import.meta.url).resolve('socket.io-client-09/dist/socket.io.js'), 'utf8')

function fileOf(t: TestContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'client-'))
  t.after(() => {
    rmSync(folder, { recursive: true })
  })
  const path = join(folder, 'client.js')
  writeFileSync(path, text)
  return path
}

for (const face of faces) {
  test(`a package's script is served, on ${face}`, async (t) => {
    const { url } = await startServer(t, {}, { serveClient: 'socket.io-client-09' }, face)
    const { status, headers, body } = await ask(`${url}/socket.io/socket.io.js`)
    assert.equal(status, 200)
    assert.equal(headers['content-type'], 'application/javascript; charset=utf-8')
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['content-length'], String(Buffer.byteLength(client09)))
    assert.ok(body === client09)
  })

  test(`a file's script is served, and again only when it is not known, on ${face}`, async (t) => {
    const { url } = await startServer(t, {}, { serveClient: fileOf(t, 'var é = 1') }, face)
    const path = `${url}/socket.io/socket.io.js`
    const first = await ask(`${path}?v=1`)
    assert.deepEqual([first.status, first.body], [200, 'var é = 1'])
    const { etag = '' } = first.headers
    assert.match(etag, /^"[\w-]+"$/)
    assert.equal(first.headers['cache-control'], 'public, max-age=0')
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await ask(path, { headers: { 'If-None-Match': known } })
      assert.deepEqual([known, again.status, again.body, again.headers.etag], [known, 304, '', etag])
      assert.equal(again.headers['content-length'], undefined)
    }
    assert.equal((await ask(path, { headers: { 'If-None-Match': '"other"' } })).status, 200)
  })

  test(`HEAD tells of the script without it, on ${face}`, async (t) => {
    const { url } = await startServer(t, {}, { serveClient: fileOf(t, 'var a = 1') }, face)
    const { status, headers, body } = await ask(`${url}/socket.io/socket.io.js`, { method: 'HEAD' })
    assert.deepEqual([status, headers['content-length'], body], [200, '9', ''])
  })

  test(`any page may include the script, on ${face}`, async (t) => {
    const { url } = await startServer(t, {}, { serveClient: fileOf(t, 'var a = 1') }, face)
    const headers = { Origin: 'https://elsewhere.example', Referer: 'https://elsewhere.example/' }
    const answer = await ask(`${url}/socket.io/socket.io.js`, { headers })
    assert.equal(answer.status, 200)
    assert.equal(answer.headers['cross-origin-resource-policy'], 'cross-origin')
  })

  test(`without the option the script's URL is the app's, on ${face}`, async (t) => {
    for (const options of [{}, { serveClient: false as const }]) {
      const { url } = await startServer(t, {}, options, face)
      const { status, body } = await ask(`${url}/socket.io/socket.io.js`)
      assert.equal(status, 404)
      assert.match(body, face === 'koa' ? /^Not Found$/ : /Cannot GET/)
    }
  })
}

const counting = /resume=/

for (const face of faces) {
  test(`the counting script is served where it is wanted, on ${face}`, async (t) => {
    const { url } = await startServer(t, {}, { serveSeen: true }, face)
    const { status, headers, body } = await ask(`${url}/socket.io/seen.js?v=1`)
    assert.deepEqual([status, headers['content-type']], [200, 'application/javascript; charset=utf-8'])
    assert.match(body, counting)
    const { etag = '' } = headers
    assert.equal((await ask(`${url}/socket.io/seen.js`, { headers: { 'If-None-Match': etag } })).status, 304)
    assert.equal((await ask(`${url}/socket.io/seen.js`, { method: 'POST', body: '' })).status, 405)
    // Of the client's own, there is none.
    assert.equal((await ask(`${url}/socket.io/socket.io.js`)).status, 404)
  })

  test(`without the option the counting script's URL is the app's, on ${face}`, async (t) => {
    for (const options of [{}, { serveSeen: false }, { serveClient: fileOf(t, 'var a = 1') }]) {
      const { url } = await startServer(t, {}, options, face)
      const { status, body } = await ask(`${url}/socket.io/seen.js`)
      assert.equal(status, 404)
      assert.match(body, face === 'koa' ? /^Not Found$/ : /Cannot GET/)
    }
  })
}

test("the counting script comes with the client's own, when it is to be appended", async (t) => {
  const serveClient = fileOf(t, 'var a = 1 // the end')
  const { url } = await startServer(t, {}, { serveClient, serveSeen: 'appended' })
  const alone = await ask(`${url}/socket.io/seen.js`)
  const together = await ask(`${url}/socket.io/socket.io.js`)
  assert.equal(together.body, `var a = 1 // the end\n${alone.body}`)
  const { url: without } = await startServer(t, {}, { serveClient, serveSeen: true })
  assert.equal((await ask(`${without}/socket.io/socket.io.js`)).body, 'var a = 1 // the end')
})

test('the counting script that is appended leaves a CommonJS page its client', async (t) => {
  const serveClient = createRequire(import.meta.url).resolve('socket.io-client-2/dist/socket.io.js')
  const { url } = await startServer(t, {}, { serveClient, serveSeen: 'appended' })
  const { body } = await ask(`${url}/socket.io/socket.io.js`)
  const module = { exports: {} as { connect?: unknown; Manager?: { prototype: object } } }
  runInNewContext(body, { module, exports: module.exports, window: {}, console })
  assert.equal(typeof module.exports.connect, 'function')
  assert.equal(Reflect.get(module.exports.Manager?.prototype ?? {}, 'seen'), 0)
})

test('the script of another file stands under another ETag', async (t) => {
  const etags = await Promise.all(
    ['var a = 1', 'var a = 2', 'var a = 1'].map(async (text) => {
      const { url } = await startServer(t, {}, { serveClient: fileOf(t, text) })
      return (await ask(`${url}/socket.io/socket.io.js`)).headers.etag
    }),
  )
  assert.notEqual(etags[0], etags[1])
  assert.equal(etags[0], etags[2])
})

test("helmet's resource policy does not keep the script from foreign pages", async (t) => {
  const io = socketioMiddleware({}, { serveClient: fileOf(t, 'var a = 1') })
  const { url } = await listen(t, io, http.createServer(express().use(helmet(), io)))
  const { headers } = await ask(`${url}/socket.io/socket.io.js`)
  assert.equal(headers['cross-origin-resource-policy'], 'cross-origin')
})

test('a script that is not there is told at once', () => {
  for (const serveClient of ['no-such-package', '/no/such/file.js', 'express', tmpdir()]) {
    assert.throws(() => socketioMiddleware({}, { serveClient }), {
      code: 'SIO_USAGE_OPTION',
      message:
        'expected option serveClient to be a readable file, or a package with a dist/socket.io.js, ' +
        `got ${JSON.stringify(serveClient)}`,
    })
  }
})
