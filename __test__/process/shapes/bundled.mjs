// A program to be bundled by esbuild, with `threaded-async` external: its modules become one file.
//
// Promises `pass` in every shape esbuild gives it: as ESM and CommonJS, for an old target, with names kept.

import { AsyncRunner, Queue, sleep } from 'threaded-async'
import { offset } from './bundled-part.mjs'

class Adder {
  #sum = 0
  add(number) {
    this.#sum += number
    return this.#sum
  }
}

const runner = new AsyncRunner()
const numbers = new Queue(runner)
const task = runner.createTask(
  async (numbers, offset) => {
    const adder = { sum: 0, ...(await Promise.resolve({ factor: 2 })) }
    for await (const number of numbers) adder.sum += number * adder.factor
    await sleep(1)
    const { basename } = await import('node:path')
    return `${adder.sum + offset} ${basename('/a/b')} ${new Event().isSet()}`
  },
  [numbers, offset],
)
for (let number = 1; number <= 10; number++) numbers.putWait(number)
numbers.shutdown()
if (task.wait() !== '210 b false') throw new Error(task.wait())
if (new Adder().add(2) !== 2) throw new Error('Adder')
try {
  runner.run(() => offset)
  throw new Error('captured')
} catch (error) {
  if (error.code !== 'ERR_CAPTURED_VARIABLE') throw error
}
runner.close()
console.log('pass')
