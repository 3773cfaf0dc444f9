// A queue with two ends: the main thread puts and gets by blocking, a task on a background loop by awaiting.
//
// Run it: node examples/queue-worker.mjs

import { AsyncRunner, Queue } from 'threaded-async'

/** Increments the numbers of one queue and puts them into another. */
async function incrementWorker(inQueue, outQueue) {
  for (;;) {
    const number = await inQueue.get()
    await outQueue.put(number + 1)
  }
}

AsyncRunner.use(runner => {
  const inQueue = new Queue(runner)
  const outQueue = new Queue(runner)
  const task = runner.createTask(incrementWorker, [inQueue, outQueue])
  for (let i = 0; i < 10; i++) {
    inQueue.putWait(i)
    console.log(outQueue.getWait())
  }
  task.cancel()
})
