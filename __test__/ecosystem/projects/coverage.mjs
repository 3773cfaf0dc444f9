// Tools that count which code has run. What is instrumented must still travel, and what a module's tasks do must count.

import { cjs, esm, ts } from '../sources.mjs'

/** Ends with 1 unless the tool has counted the function of the module of tasks, which runs on a loop alone. */
const counted = `const { readFileSync } = require('node:fs')

const summary = JSON.parse(readFileSync('coverage/coverage-summary.json', 'utf8'))
const [file] = Object.keys(summary).filter(name => /tasks\\.[cm]js$/.test(name))
if (file === undefined || summary[file].functions.covered === 0) throw new Error(JSON.stringify(summary))
`
/** The same for what Node itself writes. */
const countedByNode = `const { readdirSync, readFileSync } = require('node:fs')

const reports = readdirSync('raw').map(name => JSON.parse(readFileSync('raw/' + name, 'utf8')))
const functions = reports.flatMap(({ result }) => result.filter(({ url }) => url.endsWith('/tasks.mjs')))
const isCounted = functions.some(file => file.functions.some(fn => fn.functionName === 'twice' && fn.ranges[0].count > 0))
if (!isCounted) throw new Error(JSON.stringify(functions))
`
const test = imports => `${imports}

test('checks', () => check(new URL('./tasks.mjs', import.meta.url)), 60_000)
`
const { 'main.ts': _, ...typescript } = ts()
const inlineIsNot = { note: 'Bodies of inline functions count as not run.' }
const onlyWhatTestsLoad = { note: 'What runs on loops counts as not run.' }

function jest(provider) {
  return {
    ...onlyWhatTestsLoad,
    name: `Jest, ${provider}`,
    packages: { jest: '30.5.2' },
    manifest: { jest: { testMatch: ['**/*.test.*'] } },
    files: {
      ...cjs,
      'checks.test.cjs': `const { join } = require('node:path')
const { pathToFileURL } = require('node:url')
const { check } = require('./checks.cjs')

test('checks', () => check(pathToFileURL(join(__dirname, 'tasks.cjs'))), 60_000)
`,
    },
    command: `jest --coverage --coverageProvider=${provider}`,
  }
}

function vitest(provider) {
  return {
    ...onlyWhatTestsLoad,
    name: `Vitest, ${provider}`,
    packages: { vitest: '4.1.12', [`@vitest/coverage-${provider}`]: '4.1.12' },
    manifest: { type: 'module' },
    files: { ...typescript, 'checks.test.ts': test(`import { test } from 'vitest'\nimport { check } from './checks'`) },
    command: `vitest run --coverage --coverage.provider=${provider} --coverage.include=checks.ts`,
  }
}

export const coverage = [
  {
    ...inlineIsNot,
    name: 'NODE_V8_COVERAGE',
    version: 'of Node.js',
    manifest: { type: 'module' },
    files: { ...esm, 'counted.cjs': countedByNode },
    env: { NODE_V8_COVERAGE: 'raw' },
    command: 'node main.mjs && node counted.cjs',
  },
  {
    ...inlineIsNot,
    name: 'c8',
    packages: { c8: '12.0.0' },
    manifest: { type: 'module' },
    files: { ...esm, 'counted.cjs': counted },
    command: 'c8 --reporter=json-summary node main.mjs && node counted.cjs',
  },
  {
    ...inlineIsNot,
    name: 'nyc',
    differs: {
      'its stack names the file and line': [/It names/, 'Lines in stacks are those of the instrumented code.'],
    },
    packages: { nyc: '18.0.0' },
    files: { ...cjs, 'counted.cjs': counted },
    command: 'nyc --reporter=json-summary --extension=.cjs node main.cjs && node counted.cjs',
  },
  jest('babel'),
  jest('v8'),
  vitest('v8'),
  vitest('istanbul'),
]
