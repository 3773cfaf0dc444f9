// P8: what it costs to do nothing: the share of a core used by a process whose runner idles, or whose main thread is
// blocked for seconds. Every round is a process of its own.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { size } from '../options.mjs'

const DURATION = size(2000)
const PROGRAM = fileURLToPath(new URL('./idle-program.mjs', import.meta.url))
const run = promisify(execFile)

const share = (name, kind) => ({
  name,
  setUp: () => ({
    round: async () => Number((await run(process.execPath, [PROGRAM, kind, `${DURATION}`])).stdout),
  }),
})

const contestants = [
  share('threaded-async, runner idles', 'runner'),
  share('threaded-async, main blocked in getWait', 'blocked'),
  share('threaded-async, main blocked in run, task sleeps', 'task'),
]

export const idle = {
  id: 'P8',
  title: 'CPU of a process that does nothing',
  unit: '% of a core',
  rounds: 3,
  warms: false,
  contestants: [...contestants, share('bare Worker, main blocked in Atomics.wait', 'worker')],
  goals: contestants.map(({ name }) => ({ of: name, atMost: 0.2 })),
}
