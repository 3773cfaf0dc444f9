// Tasks that live in a module of their own, for whatever is more than a few lines.
//
// An inline function travels as source, so it cannot use what is around it. A function of a module can: the loop
// imports the module, once, with its imports and its state. Here the module is `modules/words.mjs`.
//
// Run it: node examples/task-module.mjs

import { fileURLToPath } from 'node:url'
import { AsyncRunner, taskModule } from 'threaded-async'

/** @type {import('threaded-async').TaskModule<typeof import('./modules/words.mjs')>} */
const tasks = taskModule(new URL('./modules/words.mjs', import.meta.url))
const [apache, poem] = ['apache.txt', 'poem.txt'].map(name => fileURLToPath(new URL(`./modules/${name}`, import.meta.url)))

AsyncRunner.use(runner => {
  const counts = [apache, poem].map(path => runner.createTask(tasks.countWords, [path]))
  for (const task of counts) console.log(`${task.wait()} words`)
  console.log(`${runner.run(tasks.filesCounted)} files on this loop`)
})
