// A program in TypeScript with a task module in TypeScript, run by `node --import tsx app.ts`.
//
// Promises `pass`; what is shown is that types, inline functions and the module's own imports survive the loader in the
// background loop as well.

import { AsyncRunner, Queue, taskModule } from 'threaded-async'
import { Point, type Distance } from './geometry.ts'

const tasks = taskModule<typeof import('./tasks.ts')>(new URL('./tasks.ts', import.meta.url))

enum Colour {
  Red,
  Green,
}

AsyncRunner.use((runner: AsyncRunner): void => {
  const distances = new Queue<Distance>(runner)
  const task = runner.createTask(tasks.measure, [distances, 3, 4])
  const distance: Distance = distances.getWait({ timeout: 20_000 })
  if (distance.value !== 5 || task.wait() !== 'measured') throw new Error(`distance ${distance.value}`)

  const doubled = runner.run(
    async (items: number[], colour: Colour): Promise<number[]> => {
      const double = (item: number): number => item * 2
      await new Promise<void>(resolve => setTimeout(resolve, 1))
      return items.map(double).concat(colour)
    },
    [[1, 2, 3], Colour.Green],
  )
  if (doubled.join() !== '2,4,6,1') throw new Error(`doubled ${doubled}`)

  const imported = runner.run(async () => {
    const { Point } = await import('./geometry.ts')
    return new Point(6, 8).length
  })
  if (imported !== new Point(6, 8).length) throw new Error(`imported ${imported}`)
})
console.log('pass')
