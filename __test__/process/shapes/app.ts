// A program in TypeScript with a task module in TypeScript, run by `node --import tsx app.ts`.
//
// Promises `pass`; what is shown is that the loader works in the background loop as well: for the module and what that
// imports, and for what an inline function imports.

import { AsyncRunner, Queue, taskModule } from 'threaded-async'
import { Point, type Distance } from './geometry.ts'

const tasks = taskModule<typeof import('./tasks.ts')>(new URL('./tasks.ts', import.meta.url))

AsyncRunner.use((runner: AsyncRunner): void => {
  const distances = new Queue<Distance>(runner)
  const task = runner.createTask(tasks.measure, [distances, 3, 4])
  const distance: Distance = distances.getWait({ timeout: 20_000 })
  if (distance.value !== 5 || task.wait() !== 'measured') throw new Error(`distance ${distance.value}`)

  const imported = runner.run(async () => {
    const { Point } = await import('./geometry.ts')
    return new Point(6, 8).length
  })
  if (imported !== new Point(6, 8).length) throw new Error(`imported ${imported}`)
})
console.log('pass')
