// P7: the memory of what is pending: bytes of each of 100,000 `get()`s beside plain promises, and of 100,000 tasks in one
// runner beside plain async functions. Every round is a process of its own. `native` is what the process holds outside
// of the main thread's heap; of tasks, all that the process holds, since they live on two threads.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { size } from '../options.mjs'

const COUNT = size(100_000)
const PROGRAM = fileURLToPath(new URL('./memory-program.mjs', import.meta.url))
/** With room for many new objects, the heap takes pages it does not use yet, and what is outside cannot be told from it. */
const FLAGS = ['--expose-gc', '--max-semi-space-size=1']
const run = promisify(execFile)

/** The `part` of the memory of one of this kind. */
const bytes = (name, kind, part) => ({
  name,
  setUp: () => ({
    async round() {
      const { stdout } = await run(process.execPath, [...FLAGS, PROGRAM, kind, `${COUNT}`])
      return JSON.parse(stdout)[part]
    },
  }),
})

const GET = 'threaded-async, get(), native'
const PROMISE = 'plain promise, native'

export const pendingGets = {
  id: 'P7',
  title: 'memory of a pending get()',
  unit: 'bytes',
  rounds: 3,
  warms: false,
  contestants: [
    bytes(GET, 'gets', 'native'),
    bytes(PROMISE, 'promises', 'native'),
    bytes('threaded-async, get(), heap', 'gets', 'heap'),
    bytes('plain promise and its resolve, heap', 'promises', 'heap'),
  ],
  goals: [{ of: GET, above: PROMISE, atMost: 300 }],
}

const TASK = 'threaded-async, task that awaits a promise, in all'

export const pendingTasks = {
  id: 'P7',
  title: 'memory of a pending task',
  unit: 'bytes',
  rounds: 3,
  warms: false,
  contestants: [
    bytes(TASK, 'tasks', 'all'),
    bytes('plain async function that awaits a promise, in all', 'functions', 'all'),
    bytes('threaded-async, task that awaits a get(), in all', 'tasks in get()', 'all'),
  ],
  goals: [{ of: TASK, atMost: 2048 }],
}
