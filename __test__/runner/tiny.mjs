// A program whose runner cannot start, its heap being too small, in a process of its own because V8 may end that.
//
// Promises one line of JSON: what each waiter got, and how the runner then presents itself. `argv`: whether main blocks
// ('blocking') or only awaits ('awaiting').

import { AsyncRunner, Queue } from 'threaded-async'

const runner = new AsyncRunner({ name: 'tiny', resourceLimits: { maxOldGenerationSizeMb: 4 } })
const queue = new Queue(runner)
const codes = {}
const note = name => error => (codes[name] = error.code)

const task = runner.createTask(() => new Array(1e7).fill('x').length)
if (process.argv[2] === 'blocking') {
  try {
    runner.run(() => 1, [], { timeout: 20_000 })
  } catch (error) {
    note('run')(error)
    codes.named = error.message.includes("'tiny'")
    codes.cause = error.cause instanceof Error
  }
  try {
    queue.getWait({ timeout: 20_000 })
  } catch (error) {
    note('getWait')(error)
  }
}
await Promise.all([
  task.result({ timeout: 20_000 }).catch(note('result')),
  queue.get({ timeout: 20_000 }).catch(note('get')),
])
try {
  runner.createTask(() => 1)
} catch (error) {
  note('createTask')(error)
}
runner.close()
process.stdout.write(
  `${JSON.stringify({ ...codes, isRunning: runner.isRunning, shutdownType: runner.shutdownType })}\n`,
)
