// A program in TypeScript whose tasks are inline functions, run by `node --import tsx inline.ts`.
//
// Promises `pass`; what is shown is that the functions cross although a compiler has rewritten them.

import { AsyncRunner, Queue } from 'threaded-async'

enum Colour {
  Red,
  Green,
}

AsyncRunner.use((runner: AsyncRunner): void => {
  const doubled = runner.run(
    async (items: number[], colour: Colour): Promise<number[]> => {
      const double = (item: number): number => item * 2
      await new Promise<void>(resolve => setTimeout(resolve, 1))
      return items.map(double).concat(colour)
    },
    [[1, 2, 3], Colour.Green],
  )
  if (doubled.join() !== '2,4,6,1') throw new Error(`doubled ${doubled}`)

  interface Named {
    name: string
  }
  const queue = new Queue<Named>(runner)
  const task = runner.createTask(
    async (queue: Queue<Named>) => {
      class Person implements Named {
        constructor(readonly name: string) {}
      }
      for (const name of ['a', 'b'] as const) await queue.put({ ...new Person(name) } satisfies Named)
      return new Event().isSet()
    },
    [queue],
  )
  if (queue.getWait().name + queue.getWait().name !== 'ab' || task.wait()) throw new Error('queue')
})
console.log('pass')
