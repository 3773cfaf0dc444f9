// A loop that cannot hear of an uncaught error: Node itself asks `process.emit`, and so the thread dies. Waits are told.

import { AsyncRunner, Queue } from 'threaded-async'

const runner = new AsyncRunner()
const queue = new Queue(runner)
runner.run(() => {
  process.emit = () => {
    throw new RangeError('deaf')
  }
})
runner.run(() => void (async () => (await null, null.x))())
try {
  queue.getWait({ timeout: 20_000 })
} catch (error) {
  if (error.code !== 'ERR_RUNNER_DIED') console.log(error)
}
try {
  runner.close()
} catch (error) {
  console.log(error)
}
console.log('pass')
