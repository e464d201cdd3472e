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
const assertTest = (assertModule: string): string => `${assertModule}
it('the package serves', async () => {
  assert.deepEqual(await talk(), ${expected})
})
`
// What the program leaves out, as types are another test's business.
const loose = '// @ts-nocheck\n'

const runners: readonly (readonly [
  name: string,
  script: readonly string[],
  files: Readonly<Record<string, string>>,
  passed: RegExp,
])[] = [
  [
    'jest 29',
    ['jest-29', 'bin/jest.js'],
    { 'package.json': '{}', 'talk.test.js': requires + talk() + jestTest },
    /Tests:\s+1 passed/,
  ],
  [
    'jest 30',
    ['jest', 'bin/jest.js'],
    { 'package.json': '{}', 'talk.test.js': requires + talk() + jestTest },
    /Tests:\s+1 passed/,
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
  [
    'ts-jest',
    ['jest', 'bin/jest.js'],
    {
      'package.json': '{ "jest": { "preset": "ts-jest" } }',
      'tsconfig.json':
        '{ "compilerOptions": { "target": "es2022", "module": "commonjs", "esModuleInterop": true, "strict": true } }',
      'talk.test.ts': `${loose}${imports}${talk()}${jestTest}`,
      // This one is checked: ts-jest reports what it cannot resolve.
      'types.test.ts': `import { expect, test } from '@jest/globals'
import { BaseNamespace, socketioMiddleware, type Options } from 'socketio-middleware'
class Chat extends BaseNamespace {
  on_say(text: string): string {
    return text
  }
}
const options: Options = { origins: '*' }
test('types are found', () => {
  expect(typeof socketioMiddleware({ '/chat': Chat }, options)).toBe('function')
})
`,
    },
    /Tests:\s+2 passed/,
  ],
  [
    'vitest',
    ['vitest', 'vitest.mjs', 'run'],
    {
      'package.json': '{ "type": "module" }',
      'talk.test.js': `import { expect, test } from 'vitest'\n${imports}${talk()}${jestTest}`,
    },
    /Tests\s+1 passed/,
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
