// Owns: an application's tests in jest, ts-jest, vitest and mocha, each with its defaults.
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { imports, requires, talk, transcript } from '../talk.js'
import type { Installed } from '../tarball.js'

const expected = JSON.stringify(transcript)
const jestTest = `test('the package serves', async () => {
  expect(await talk()).toEqual(${expected})
})
`
// With all of a runner's timers but those that HTTP and websockets need, and without HTTP with all of them.
const fakedTest = (fake: string, fakeAll: string, restore: string): string => `
test('the test kit works while timers are faked', async () => {
  class Echo extends BaseNamespace {
    on_echo(value) {
      return value
    }
  }
  ${fake}
  for (const protocol of protocols) {
    for (const transport of ['websocket', 'polling']) {
      const client = await connect(socketioMiddleware({ '/echo': Echo }), '/echo', { protocol, transport })
      expect(await client.ask('echo', transport)).toBe(transport)
      await expect(client.next('nothing')).rejects.toThrow('within 1000 ms')
      await client.leave()
    }
  }
  ${fakeAll}
  const { client } = await openNamespace(Echo)
  expect(await client.ask('echo', 1)).toBe(1)
  ${restore}
})
`
const jestFaked = fakedTest(
  `jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] })`,
  'jest.useFakeTimers()',
  'jest.useRealTimers()',
)
const vitestFaked = fakedTest(
  `vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'Date'] })`,
  'vi.useFakeTimers()',
  'vi.useRealTimers()',
)
const assertTest = (assertModule: string): string => `${assertModule}
it('the package serves', async () => {
  assert.deepEqual(await talk(), ${expected})
})
`
// What the program leaves out, as types are another test's business.
const loose = '// @ts-nocheck\n'

const tsConfig =
  '{ "compilerOptions": { "target": "es2022", "module": "commonjs", "esModuleInterop": true, "strict": true } }'
const tsJest = {
  'package.json': '{ "jest": { "preset": "ts-jest" } }',
  // Without a tsconfig a module of Node's has no default.
  'talk.test.ts': `${loose}${imports.replace('import http', 'import * as http')}${talk()}${jestTest}`,
  // This one is checked: ts-jest reports what it cannot resolve.
  'types.test.ts': `import { expect, test } from '@jest/globals'
import { BaseNamespace, socketioMiddleware, type Options } from 'socketio-middleware'
import { connect } from 'socketio-middleware/testing'
class Chat extends BaseNamespace {
  on_say(text: string): string {
    return text
  }
}
const options: Options = { origins: '*' }
test('types are found', async () => {
  const client = await connect<typeof Chat>(socketioMiddleware({ '/chat': Chat }, options), '/chat')
  const said: string = await client.ask('say', 'hi')
  expect(said).toBe('hi')
  await client.leave()
})
`,
}

const runners: readonly (readonly [
  name: string,
  script: readonly string[],
  files: Readonly<Record<string, string>>,
  passed: RegExp,
])[] = [
  [
    'jest 29',
    ['jest-29', 'bin/jest.js'],
    { 'package.json': '{}', 'talk.test.js': requires + talk() + jestTest + jestFaked },
    /Tests:\s+2 passed/,
  ],
  [
    'jest 30',
    ['jest', 'bin/jest.js'],
    { 'package.json': '{}', 'talk.test.js': requires + talk() + jestTest + jestFaked },
    /Tests:\s+2 passed/,
  ],
  [
    'jest 30 with imports, as its babel makes them',
    ['jest', 'bin/jest.js'],
    {
      'package.json': '{}',
      'babel.config.js': `module.exports = { plugins: ['@babel/plugin-transform-modules-commonjs'] }`,
      'talk.test.js': imports + talk() + jestTest,
    },
    /Tests:\s+1 passed/,
  ],
  ['ts-jest, with a tsconfig', ['jest', 'bin/jest.js'], { ...tsJest, 'tsconfig.json': tsConfig }, /Tests:\s+2 passed/],
  ['ts-jest, with nothing but its preset', ['jest', 'bin/jest.js'], tsJest, /Tests:\s+2 passed/],
  ['ts-jest on jest 29', ['jest-29', 'bin/jest.js'], tsJest, /Tests:\s+2 passed/],
  [
    'vitest',
    ['vitest', 'vitest.mjs', 'run'],
    {
      'package.json': '{ "type": "module" }',
      'talk.test.js': `import { expect, test, vi } from 'vitest'\n${imports}${talk()}${jestTest}${vitestFaked}`,
    },
    /Tests\s+2 passed/,
  ],
  [
    'mocha, in CommonJS',
    ['mocha', 'bin/mocha.js', 'talk.spec.cjs'],
    { 'talk.spec.cjs': requires + talk() + assertTest(`const assert = require('node:assert/strict')`) },
    /1 passing/,
  ],
  [
    'mocha, in modules',
    ['mocha', 'bin/mocha.js', 'talk.spec.mjs'],
    { 'talk.spec.mjs': imports + talk() + assertTest(`import assert from 'node:assert/strict'`) },
    /1 passing/,
  ],
]

export function testRunners(installed: () => Installed): void {
  for (const [name, [packageName = '', script = '', ...args], files, passed] of runners) {
    test(`${name} runs a test of an application`, async () => {
      const { folder, write, tool } = installed()
      const place = join(folder, name.replaceAll(/\W+/g, '-'))
      await mkdir(place)
      for (const [file, text] of Object.entries(files)) await write(join(place, file), text)
      const { stdout, stderr } = await tool.in(place, join(folder, 'node_modules', packageName, script), ...args)
      // Coloured by some, wherever they run.
      const output = `${stdout}${stderr}`.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[[\\d;]*m`, 'g'), '')
      assert.match(output, passed)
    })
  }
}
