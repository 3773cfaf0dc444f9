// program.mjs <how>: a program that blocks while `top` looks at it.
//
// `draw`: it draws in its own terminal for a while, and stops; `resize`: and makes that narrower meanwhile; `stay`: until it is ended; `listen`: it lets others look
// until a line comes on standard input; `pipe`: it draws once. Its main thread blocks nearly all of the time.

import { execFileSync } from 'node:child_process'
import { AsyncRunner, Queue, sleep, sleepWait } from 'threaded-async'
import { top } from 'threaded-async/top'

const how = process.argv[2]
const runner = new AsyncRunner({ name: 'crawler' })
const jobs = new Queue(runner, { name: 'jobs', maxsize: 3 })
const results = new Queue({ name: 'results\x1b[31m' })
const isUp = new Queue()
const task = runner.createTask(
  async function waits(isUp, jobs) {
    await isUp.put(true)
    await sleep(Infinity)
    return jobs
  },
  [isUp, jobs],
)
isUp.getWait()
for (let i = 0; i < 3; i++) jobs.putWait(i)

const looking = how === 'own' ? undefined : top({ interval: 50, listen: how === 'listen' })
const end = performance.now() + (how === 'stay' || how === 'listen' || how === 'own' ? 60_000 : 500)
if (how === 'listen' || how === 'own') console.log('up')
if (how === 'resize') {
  sleepWait(1500)
  execFileSync('stty', ['cols', '30'], { stdio: 'inherit' })
}
for (const until = Math.max(end, performance.now() + 500); performance.now() < until;) {
  try {
    results.getWait({ timeout: 100 })
  } catch {
    // Nobody puts anything.
  }
}
looking?.stop()
looking?.stop()
task.cancel()
runner.close()
console.log('pass')
