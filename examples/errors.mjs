// How errors travel: an error thrown in a task is thrown where the task is waited for; errors of tasks that nobody
// waited for are thrown together when the runner closes.
//
// An error brings its class, its fields, its cause, and the stacks of both threads.
//
// Run it: node examples/errors.mjs

import { AsyncRunner, ExceptionGroup } from 'threaded-async'
import { ParseError } from './modules/parse-error.mjs'

async function parse(text) {
  const { ParseError } = await import('./modules/parse-error.mjs')
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new ParseError(text, { cause })
  }
}

try {
  AsyncRunner.use(runner => {
    try {
      runner.run(parse, ['{'])
    } catch (error) {
      console.log(error instanceof ParseError, error.text, error.cause.name)
    }
    runner.createTask(parse, ['[1, 2]'])
    runner.createTask(parse, ['[1, 2'])
    runner.createTask(parse, ['{"a"'])
  })
} catch (group) {
  if (!(group instanceof ExceptionGroup)) throw group
  for (const error of group.exceptions) console.log(`${error.name}: ${error.message}`)
}
