// Tasks that live in a module of their own, for tasks of more than a few lines.
//
// An inline function travels as source, so it cannot use what is around it. A function of a module can: the loop
// imports the module, once, with its imports and its state. In TypeScript the stand-ins are fully typed:
// `taskModule<typeof import('./modules/fingerprints.mjs')>(…)`.
//
// Run it: node examples/task-module.mjs

import { AsyncRunner, taskModule } from 'threaded-async'

const tasks = taskModule(new URL('./modules/fingerprints.mjs', import.meta.url))

AsyncRunner.use(runner => {
  const texts = ['a queue', 'an event', 'a future', 'a queue']
  const running = texts.map(text => runner.createTask(tasks.fingerprint, [text]))
  for (const [i, task] of running.entries()) console.log(`${task.wait()}  ${texts[i]}`)
  console.log(`${runner.run(tasks.textsSeen)} different texts on this loop`)
})

AsyncRunner.use(other => console.log(`${other.run(tasks.textsSeen)} on another`))
