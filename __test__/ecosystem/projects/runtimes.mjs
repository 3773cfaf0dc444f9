// Other runtimes than Node.js, and the ways in which Node.js gets a program.

import { esm, examples, ts } from '../sources.mjs'

const program = `const { AsyncRunner } = require('threaded-async')
const runner = new AsyncRunner()
console.log('it is', runner.run(async number => (await import('node:path')).basename('/a/' + number * 2), [21]))
runner.close()
`
const line = program.trim().replaceAll('\n', '; ')
const manifest = { type: 'module' }
const printed = { version: 'of Node.js', prints: /it is 42/ }

export const runtimes = [
  {
    name: 'Bun, JavaScript',
    packages: { bun: '1.4.5' },
    scripts: true,
    on: 'none',
    manifest,
    files: esm,
    command: 'bun main.mjs',
  },
  {
    name: 'Bun, TypeScript',
    packages: { bun: '1.4.5' },
    scripts: true,
    on: 'none',
    manifest,
    files: ts('', 'tasks.ts'),
    command: 'bun main.ts',
  },
  {
    name: 'bun test',
    packages: { bun: '1.4.5' },
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
  {
    name: 'Deno, JavaScript',
    packages: { deno: '2.9.6' },
    scripts: true,
    on: 'none',
    manifest,
    files: esm,
    command: 'deno run --allow-all main.mjs',
  },
  {
    name: 'Deno, TypeScript',
    packages: { deno: '2.9.6' },
    scripts: true,
    on: 'none',
    manifest,
    files: ts('.ts', 'tasks.ts'),
    command: 'deno run --allow-all main.ts',
  },
  ...[
    ['Bun', 'bun', 'bun'],
    ['Deno', 'deno', 'deno run --allow-all'],
  ].map(([name, tool, command]) => ({
    name: `${name}, the examples of the package`,
    packages: { [tool]: tool === 'bun' ? '1.4.5' : '2.9.6', prettier: '3.10.1' },
    scripts: true,
    on: 'none',
    manifest,
    files: examples(),
    command: `node examples.mjs ${command}`,
    prints: /^1\d examples$/m,
  })),
  { ...printed, name: 'node -e', command: `node -e "${line}"` },
  { ...printed, name: 'node -p', command: `node -p "${line}"` },
  { ...printed, name: 'node, a program from stdin', command: 'node -', input: program },
  { ...printed, name: 'node, the REPL', command: 'node -i', input: program },
]
