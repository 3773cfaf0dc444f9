// The smallest program that shows a loop at work: run plainly, from stdin, and with every kind of flag.

import { AsyncRunner, Queue } from 'threaded-async'

AsyncRunner.use(runner => {
  const queue = new Queue(runner)
  const task = runner.createTask(
    async queue => {
      const { basename } = await import('node:path')
      await queue.put(basename('/pa/ss'))
      return 'pa'
    },
    [queue],
  )
  const last = queue.getWait()
  console.log(task.wait() + last)
})
