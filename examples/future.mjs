// Questions and answers: each question travels through a queue together with the Future its answer will be put into.
//
// A future that is sent to another thread, alone or inside of a value, is the same future there. So any thread that has
// it may settle it, at any time, and the thread that asked gets the answer or the error.
//
// Run it: node examples/future.mjs

import { AsyncRunner, Future, Queue } from 'threaded-async'

async function answer(questions) {
  for await (const { numbers, mean } of questions) {
    if (numbers.length === 0) mean.setException(new RangeError('no numbers, no mean'))
    else mean.setResult(numbers.reduce((sum, number) => sum + number, 0) / numbers.length)
  }
}

AsyncRunner.use(runner => {
  const questions = new Queue(runner)
  runner.createTask(answer, [questions])

  function meanOf(...numbers) {
    const mean = new Future(runner)
    questions.putWait({ numbers, mean })
    return mean.resultWait()
  }

  console.log(meanOf(1, 2, 6))
  try {
    meanOf()
  } catch (error) {
    console.log(`${error.name}: ${error.message}`)
  }
})
