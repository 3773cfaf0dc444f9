// program.mjs <how> [<folder>]: a program that blocks while `top` looks at it.
//
// `draw`: it draws in its own terminal, or once where it has none, until there is a file `stop` in the folder; `resize`: and
// makes its terminal narrower once there is a file `resize`; `stay`: until it is ended; `listen`: it lets others look until
// then; `own`: it does not know that it does. Its main thread waits for the queue of results all the while.

import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { AsyncRunner, Queue, sleep } from 'threaded-async'
import { top } from 'threaded-async/top'

const [, , how, folder] = process.argv
const runner = new AsyncRunner({ name: 'crawler' })
const jobs = new Queue(runner, { name: 'jobs', maxsize: 3 })
const results = new Queue({ name: 'results\x1b[31m' })
const isUp = new Queue()
const ends = how === 'draw' ? ['stop'] : how === 'resize' ? ['resize', 'stop'] : []
const task = runner.createTask(
  async function waits(isUp, jobs, results, files) {
    const { existsSync } = await import('node:fs')
    await isUp.put(true)
    for (const file of files) {
      while (!existsSync(file)) await sleep(10)
      await results.put(file)
    }
    await sleep(Infinity)
    return jobs
  },
  [isUp, jobs, results, ends.map(name => join(folder, name))],
)
isUp.getWait()
for (let i = 0; i < 3; i++) jobs.putWait(i)

const looking = how === 'own' ? undefined : top({ interval: 50, listen: how === 'listen' })
if (how === 'listen' || how === 'own') console.log('up')
if (how === 'resize') {
  results.getWait()
  execFileSync('stty', ['cols', '30'], { stdio: 'inherit' })
}
try {
  results.getWait({ timeout: 120_000 })
} catch {
  // Nobody has told it to end. The spec that did not says what it has not seen.
}
looking?.stop()
looking?.stop()
task.cancel()
runner.close()
console.log('pass')
