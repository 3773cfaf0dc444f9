// terminal.mjs: what loops know of the terminal, and print there, is what the main thread knows and prints.
//
// Prints what main, and each of two loops, knows and prints, one after the other; the same thrice, on a terminal and in a
// pipe. With `resized`, the size changes meanwhile.

import { deepEqual } from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { AsyncRunner, taskModule } from 'threaded-async'
import * as here from './terminal-tasks.mjs'

const tasks = taskModule(new URL('./terminal-tasks.mjs', import.meta.url))
const loops = ['direct', 'main'].map(stdout => new AsyncRunner({ stdout }))

for (const name of ['prints', 'moves']) {
  here[name]()
  for (const loop of loops) loop.run(tasks[name])
}
for (const loop of loops) deepEqual(loop.run(tasks.known), here.known())
if (process.argv[2] === 'resized') {
  execFileSync('stty', ['cols', '55'], { stdio: 'inherit' })
  for (const loop of loops) deepEqual(loop.run(tasks.columns), 55)
}
console.log(here.known())
for (const loop of loops) loop.close()
console.log('pass')
