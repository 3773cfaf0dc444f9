// Test runners. Each runs the checks within one test.

import { nodes } from '../nodes.mjs'
import { cjs, esm, ts } from '../sources.mjs'

const inTest = (imports, body = 'check(TASKS)', more = ', 60_000') =>
  `${imports}

test('checks', () => ${body}${more})
`.replace('TASKS', `new URL('./tasks.mjs', import.meta.url)`)

/** The checks in TypeScript, and one file of tests in the place of the program. */
function typescript(test) {
  const { 'main.ts': _, ...files } = ts()
  return { ...files, 'checks.test.ts': test }
}

const jestCommonJS = {
  ...cjs,
  'checks.test.cjs': `const { join } = require('node:path')
const { pathToFileURL } = require('node:url')
const { check } = require('./checks.cjs')

test('checks', () => check(pathToFileURL(join(__dirname, 'tasks.cjs'))), 60_000)
`,
}
const jestTypeScript = typescript(`import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { check } from './checks'

test('checks', () => check(pathToFileURL(join(__dirname, 'tasks.cjs'))), 60_000)
`)
const testMatch = ['**/*.test.*']

function vitest(version, node, pool) {
  return {
    name: `Vitest ${version.split('.')[0]}${pool ? `, ${pool}` : ''}`,
    packages: { vitest: version },
    node,
    manifest: { type: 'module' },
    files: typescript(inTest(`import { test } from 'vitest'\nimport { check } from './checks'`)),
    command: `vitest run ${pool ? `--pool=${pool}` : ''}`,
  }
}

const jest = {
  name: 'Jest, CommonJS',
  packages: { jest: '30.5.2' },
  manifest: { jest: { testMatch } },
  files: jestCommonJS,
  command: 'jest',
}

export const runners = [
  { ...jest, isMostUsed: true },
  ...[22, 24, 26].map(version => ({ ...jest, name: `${jest.name}, Node.js ${version}`, node: nodes[version] })),
  {
    name: 'Jest, ES modules',
    packages: { jest: '30.5.2' },
    manifest: { type: 'module', jest: { testMatch, transform: {} } },
    files: { ...esm, 'checks.test.mjs': inTest(`import { check } from './checks.mjs'`) },
    env: { NODE_OPTIONS: '--experimental-vm-modules' },
    command: 'jest',
  },
  {
    name: 'Jest, TypeScript by @swc/jest',
    packages: { jest: '30.5.2', '@swc/core': '1.16.22', '@swc/jest': '0.2.39' },
    manifest: { jest: { testMatch, transform: { '\\.ts$': '@swc/jest' } } },
    files: jestTypeScript,
    command: 'jest',
  },
  {
    name: 'Jest, TypeScript by ts-jest',
    packages: {
      jest: '30.5.2',
      'ts-jest': '29.4.6',
      typescript: '5.9.3',
      '@types/node': '20.19.9',
      '@types/jest': '30.0.0',
    },
    manifest: { jest: { testMatch, transform: { '\\.ts$': 'ts-jest' } } },
    files: {
      ...jestTypeScript,
      'tsconfig.json': JSON.stringify({ compilerOptions: { target: 'es2022', module: 'commonjs', strict: true } }),
    },
    command: 'jest',
  },
  vitest('2.1.9'),
  vitest('3.2.7'),
  { ...vitest('4.1.12'), isMostUsed: true },
  vitest('5.1.1', nodes[24]),
  ...['threads', 'vmThreads', 'vmForks'].map(pool => vitest('4.1.12', undefined, pool)),
  {
    name: 'node --test',
    version: 'of Node.js',
    manifest: { type: 'module' },
    files: {
      ...esm,
      'checks.test.mjs': inTest(`import test from 'node:test'\nimport { check } from './checks.mjs'`, undefined, ''),
    },
    command: 'node --test',
  },
  {
    name: 'AVA',
    packages: { ava: '7.0.0' },
    manifest: { type: 'module' },
    files: {
      ...esm,
      'checks.test.mjs': inTest(`import test from 'ava'\nimport { check } from './checks.mjs'`, 'check(TASKS)', '')
        .replace('() => check', 't => t.notThrowsAsync(check')
        .replace('url)))', 'url))))'),
    },
    command: 'ava',
  },
  {
    name: 'mocha',
    packages: { mocha: '12.0.3' },
    manifest: { type: 'module' },
    files: {
      ...esm,
      'checks.test.mjs': inTest(
        `import { it as test } from 'mocha'\nimport { check } from './checks.mjs'`,
        undefined,
        '',
      ).replace('url)))', 'url))).timeout(60_000)'),
    },
    command: 'mocha checks.test.mjs',
  },
]
