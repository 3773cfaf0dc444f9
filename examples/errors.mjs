// How errors travel: thrown in a task, they arrive as errors where the task is waited for; those nobody waited for
// arrive together when the runner closes.
//
// Run it: node examples/errors.mjs

import { AsyncRunner, ExceptionGroup } from 'threaded-async'

async function parse(text) {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw Object.assign(new TypeError(`cannot parse '${text}'`, { cause }), { text })
  }
}

try {
  AsyncRunner.use(runner => {
    try {
      runner.run(parse, ['{'])
    } catch (error) {
      // A real TypeError, with its own fields, its cause, and the stacks of both threads.
      console.log(error instanceof TypeError, error.text, error.cause.name)
    }
    runner.createTask(parse, ['[1, 2]'])
    runner.createTask(parse, ['[1, 2'])
    runner.createTask(parse, ['{"a"'])
  })
} catch (group) {
  if (!(group instanceof ExceptionGroup)) throw group
  for (const error of group.exceptions) console.log(`${error.name}: ${error.message}`)
}
