// The smallest program: a task runs on an event loop in a background thread, and the main thread blocks until it has
// the result.
//
// Run it: node examples/quick-start.mjs

import { AsyncRunner, sleep } from 'threaded-async'

/** Sleeps and returns a number. */
async function foo() {
  await sleep(100)
  return 10
}

AsyncRunner.use(runner => {
  // The function becomes a task on the background thread's event loop.
  const task = runner.createTask(foo)
  // This thread blocks until the task has ended.
  console.log(task.wait())
})
