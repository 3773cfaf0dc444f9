// A cancelled task cleans up before it ends.
//
// `cancel` makes the wait the task is in reject with a CancelledError, once. Its `finally` block runs, and can await as
// usual; only then does the blocked thread go on.
//
// Run it: node examples/cancellation.mjs

import { AsyncRunner, CancelledError, Event, sleep } from 'threaded-async'

async function download(started) {
  try {
    console.log('loop: downloading')
    started.set()
    await sleep(60_000)
  } finally {
    console.log('loop: removing the half of the file that is there')
    await sleep(10)
    console.log('loop: removed')
  }
}

AsyncRunner.use(runner => {
  const started = new Event(runner)
  const task = runner.createTask(download, [started])
  started.wait()
  task.cancel()
  try {
    task.wait()
  } catch (error) {
    if (!(error instanceof CancelledError)) throw error
    console.log(`main: ${error.message}`)
  }
})
