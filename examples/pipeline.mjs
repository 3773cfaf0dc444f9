// A bounded pipeline over three threads: main feeds it by blocking, two loops work on it by awaiting, main drains it.
//
// The queues between the stages hold two items each, so a fast stage waits for a slow one. The end travels through
// the pipeline as `shutdown`: each stage drains its queue, its loop ends, and it shuts the next queue down.
//
// Run it: node examples/pipeline.mjs

import { AsyncRunner, Queue, sleep } from 'threaded-async'

async function square(numbers, squares) {
  for await (const number of numbers) await squares.put(number ** 2)
  squares.shutdown()
}

async function describe(squares, lines) {
  for await (const square of squares) {
    await sleep(1) // The slow stage.
    await lines.put(`a square of ${square}`)
  }
  lines.shutdown()
}

AsyncRunner.use(first =>
  AsyncRunner.use(second => {
    const numbers = new Queue({ maxsize: 2 })
    const squares = new Queue({ maxsize: 2 })
    const lines = new Queue()
    first.createTask(square, [numbers, squares])
    second.createTask(describe, [squares, lines])

    let most = 0
    for (let number = 1; number <= 20; number++) {
      numbers.putWait(number) // Blocks while the pipeline is full.
      most = Math.max(most, numbers.qsize())
    }
    numbers.shutdown()
    const all = [...lines.iterateWait()]
    console.log(`${all.length} lines, the last of them: ${all.at(-1)}`)
    console.log(`never more than ${most} numbers waiting`)
  }),
)
