// A program whose runner cannot start, its heap being too small, in a process of its own because V8 may end that.
//
// Promises one line of JSON: what each waiter got, and how the runner then presents itself. `argv`: whether main blocks
// ('blocking') or only awaits ('awaiting').

import { AsyncRunner, Queue } from 'threaded-async'

const runner = new AsyncRunner({ name: 'tiny', resourceLimits: { maxOldGenerationSizeMb: 4 } })
const codes = {}
const note = name => error => (codes[name] = error.code)
const limit = { timeout: 20_000 }

// The thread may be dead by now: then these fail as they begin.
const result = async () => await runner.createTask(() => new Array(1e7).fill('x').length).result(limit)
const get = async () => await new Queue(runner).get(limit)
const waits = [result().catch(note('result')), get().catch(note('get'))]
if (process.argv[2] === 'blocking') {
  try {
    runner.run(() => 1, [], limit)
  } catch (error) {
    note('run')(error)
    codes.named = error.message.includes("'tiny'")
    codes.cause = error.cause instanceof Error
  }
  try {
    new Queue(runner).getWait(limit)
  } catch (error) {
    note('getWait')(error)
  }
}
await Promise.all(waits)
try {
  runner.createTask(() => 1)
} catch (error) {
  note('createTask')(error)
}
runner.close()
process.stdout.write(
  `${JSON.stringify({ ...codes, isRunning: runner.isRunning, shutdownType: runner.shutdownType })}\n`,
)
