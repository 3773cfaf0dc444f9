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

/** A module that would start itself on one loop after another. */
const circle = `import { AsyncRunner, taskModule } from 'threaded-async'

export const one = () => 1
const isMain = AsyncRunner.current === undefined
const runner = new AsyncRunner()
try {
  console.log(await runner.createTask(taskModule(import.meta.url).one).result())
} catch (error) {
  if (!isMain) throw error
  console.log(error.code)
} finally {
  await runner.closeAsync()
}
`

/** An item that a loop was handed, and never sees. */
const exiting = `import { AsyncRunner, Event, Queue } from 'threaded-async'

const [queue, held, release] = [new Queue(), new Event(), new Event()]
const runner = new AsyncRunner({ onTaskError() {} })
const task = runner.createTask(
  (queue, held, release) => {
    queue.get().catch(() => {})
    held.set()
    while (!release.isSet());
    process.exit(3)
  },
  [queue, held, release],
)
await held.waitAsync()
queue.putNowait('item')
release.set()
await task.result().catch(() => {})
console.log(queue.getNowait())
await runner.closeAsync()
`
/** Memory that is shared with a loop that starts, while its maker blocks. */
const sharing = `import { AsyncRunner } from 'threaded-async'

const runner = new AsyncRunner()
const memory = new Int32Array(new SharedArrayBuffer(4))
const same = runner.run(memory => (memory.fill(42), memory), [memory])
const own = runner.run(() => (globalThis.own = new Int32Array(new SharedArrayBuffer(4))))
own[0] = 7
console.log(memory[0], same.buffer === memory.buffer, runner.run(() => globalThis.own[0]))
runner.close()
`

/** A loop that never comes back. */
const stuck = `import { AsyncRunner, Event, ShutdownType } from 'threaded-async'

const runner = new AsyncRunner({ exitTimeout: 50, logForcedShutdownStackTrace: false })
const begun = new Event()
const spin = begun => {
  begun.set()
  for (;;);
}
const task = runner.createTask(spin, [begun])
await begun.waitAsync()
await runner.closeAsync()
const ended = await task.result().catch(error => error.code)
console.log(Object.keys(ShutdownType).find(name => ShutdownType[name] === runner.shutdownType), ended)
process.exit()
`

/** The specs that hold on every runtime; what others find is told on the page. */
const portable = {
  cancellation: ['async-utils', 'edges', 'node', 'signals'],
  crossing: ['other-copy'],
  queue: ['batches', 'join', 'load', 'model', 'queue', 'reentrance', 'waits'],
  runner: ['blocking', 'close', 'close-waiters', 'deadlock'],
  server: ['client', 'clock', 'given-up', 'live', 'rounds', 'server', 'who', 'without-rounds'],
  task: ['errors-group', 'model', 'task', 'timeouts'],
  waits: ['event', 'half-way', 'spin', 'timeout'],
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
      name: `${name}, a module that starts its own tasks as it is imported`,
      files: { 'main.mjs': circle },
      command: `${run} main.mjs`,
      prints: /^ERR_INVALID_STATE$/m,
      note: name === 'Bun' ? 'It is refused, later than under Node.js.' : undefined,
    },
    {
      ...all,
      name: `${name}, an item that a loop was handed which exits`,
      files: { 'main.mjs': exiting },
      command: `${run} main.mjs`,
      prints: /^item$/m,
    },
    {
      ...all,
      name: `${name}, memory that a loop and its maker share`,
      files: { 'main.mjs': sharing },
      command: `${run} main.mjs`,
      prints: /^42 true 7$/m,
    },
    {
      ...all,
      name: `${name}, a loop that is stuck`,
      files: { 'main.mjs': stuck },
      command: `${run} main.mjs`,
      prints: name === 'Deno' ? /^FAILED_FORCE_STOPPED \w+$/m : /^FORCE_STOPPED \w+$/m,
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
