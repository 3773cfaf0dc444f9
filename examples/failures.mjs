// What goes wrong, as the thread that blocks sees it: an error of the task, a timeout, a cancellation.
//
// An error of the task is thrown where it is waited for. A wait that times out leaves the task as it is. A task that is
// cancelled runs its `finally` block before the wait for it ends.
//
// Run it: node examples/failures.mjs

import { AsyncRunner, sleep } from 'threaded-async'

async function parse(text) {
  await sleep(1)
  return JSON.parse(text)
}

async function download() {
  try {
    await sleep(60_000)
  } finally {
    console.log('loop: removing what is there')
  }
}

function attempt(what, wait) {
  try {
    wait()
  } catch (error) {
    console.log(`main: ${what}: ${error.name}${error.code ? `, ${error.code}` : ''}`)
  }
}

AsyncRunner.use(runner => {
  attempt('an error', () => runner.run(parse, ['{"a": ']))
  const task = runner.createTask(download)
  runner.waitForNextEventloopIteration() // The task has begun, so there is something to clean up.
  attempt('a timeout', () => task.wait({ timeout: 100 }))
  task.cancel()
  attempt('a cancellation', () => task.wait())
})
