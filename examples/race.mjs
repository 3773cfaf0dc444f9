// Work that another thread may call off: `waitForOrCancel` races it against an event.
//
// The work is a function, which is called with an AbortSignal, so that it can be cancelled. The race is over when the
// event is set; work that still has to clean up then is not waited for.
//
// Run it: node examples/race.mjs

import { AsyncRunner, Event, Queue, sleep, waitForOrCancel } from 'threaded-async'

async function search(stop, log) {
  try {
    return await waitForOrCancel(async signal => {
      signal.addEventListener('abort', () => console.log(`loop: aborted, ${signal.reason.message}`))
      await log.put('searching')
      await sleep(60_000, { signal })
      return 'found'
    }, stop)
  } catch (error) {
    if (error.code !== 'ERR_CANCELLED') throw error
    return 'called off'
  }
}

AsyncRunner.use(runner => {
  const stop = new Event(runner)
  const log = new Queue(runner)
  const task = runner.createTask(search, [stop, log])
  console.log(`main: the task is ${log.getWait()}`)
  stop.set()
  console.log(`main: the search was ${task.wait()}`)
})
