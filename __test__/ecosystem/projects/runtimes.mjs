// Other runtimes than Node.js, and the ways in which Node.js gets a program.

import { root } from '../../../tools/prepare.mjs'
import { esm, examples, ts } from '../sources.mjs'

const program = `const { AsyncRunner } = require('threaded-async')
const runner = new AsyncRunner()
console.log('it is', runner.run(async number => (await import('node:path')).basename('/a/' + number * 2), [21]))
runner.close()
`
const line = program.trim().replaceAll('\n', '; ')
const manifest = { type: 'module' }
const printed = { version: 'of Node.js', prints: /it is 42/ }

/** The specs that hold on every runtime; what others find is told on the page. */
const portable = {
  cancellation: ['async-utils', 'edges', 'node', 'signals'],
  queue: ['batches', 'join', 'load', 'model', 'queue', 'reentrance', 'waits'],
  server: ['client', 'clock', 'given-up', 'live'],
}
const specs = Object.entries(portable).flatMap(([folder, names]) =>
  names.map(name => `__test__/${folder}/${name}.spec.mjs`),
)

/** What is done under a runtime, `run` being the command that runs a file. */
function under(name, packages, run) {
  const all = { packages, scripts: true, on: 'none', manifest }
  const ava = `--preload ./__test__/ecosystem/files/without-coverage.mjs node_modules/ava/entrypoints/cli.mjs`
  return [
    { ...all, name: `${name}, JavaScript`, files: esm, command: `${run} main.mjs` },
    { ...all, name: `${name}, TypeScript`, files: ts('.ts', 'tasks.ts'), command: `${run} main.ts` },
    {
      ...all,
      name: `${name}, the examples of the package`,
      files: examples(),
      packages: { ...packages, prettier: '3.10.1' },
      command: `node examples.mjs ${run}`,
      prints: /^1\d examples$/m,
    },
    {
      ...all,
      name: `${name}, ${specs.length} specs of the package`,
      command: `cd "${root}" && ${run} ${ava} ${specs.join(' ')}`,
      prints: /tests passed/,
    },
  ]
}

const bun = { bun: '1.4.5' }

export const runtimes = [
  ...under('Bun', bun, 'bun'),
  {
    name: 'bun test',
    packages: bun,
    scripts: true,
    on: 'none',
    manifest,
    files: {
      ...esm,
      'checks.test.mjs': `import { test } from 'bun:test'
import { check } from './checks.mjs'

test('checks', () => check(new URL('./tasks.mjs', import.meta.url)), 60_000)
`,
    },
    command: 'bun test',
  },
  ...under('Deno', { deno: '2.9.6' }, 'deno run --allow-all'),
  { ...printed, name: 'node -e', command: `node -e "${line}"` },
  { ...printed, name: 'node -p', command: `node -p "${line}"` },
  { ...printed, name: 'node, a program from stdin', command: 'node -', input: program },
  { ...printed, name: 'node, the REPL', command: 'node -i', input: program },
]
