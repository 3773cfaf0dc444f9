// idle.mjs <ms>: Z7, threads are blocked for so many milliseconds, loops await, nothing happens.
//
// Shows that none of them uses the processor meanwhile: less than 5 % of one, all together.

import { AsyncRunner, Event, Future, Queue, sleep } from 'threaded-async'
import { waiters } from './deaths-tasks.mjs'
import { check, pause, until } from './support.mjs'

const ms = Number(process.argv[2])
const [queue, event, future, full] = [new Queue(), new Event(), new Future(), new Queue({ maxsize: 1 })]
full.putNowait(1)

const blocked = () => new AsyncRunner({ allowBlocking: true })
blocked().createTask(queue => queue.getWait(), [queue])
blocked().createTask(event => event.wait(), [event])
blocked().createTask(full => full.joinWait(), [full])
const loop = new AsyncRunner()
loop.createTask(
  (queue, event, future, full) =>
    Promise.all([queue.get(), event.waitAsync(), future.result(), full.put(2), sleep(1e8)]),
  [queue, event, future, full],
)
new AsyncRunner().run(() => {}) // One that is merely open.
until(() => waiters(queue) === 2 && waiters(event) === 2 && waiters(future) === 1 && waiters(full) === 2)
pause(200) // What has spun and polled comes to rest.

function share(body) {
  const [before, cpu] = [performance.now(), process.cpuUsage()]
  const measure = () => {
    const { user, system } = process.cpuUsage(cpu)
    return (user + system) / 1000 / (performance.now() - before)
  }
  const result = body()
  return result?.then ? result.then(measure) : measure()
}

const blocking = share(() => pause(ms))
console.log(`main blocked: ${(blocking * 100).toFixed(2)} %`)
const awaiting = await share(() => future.result({ timeout: ms }).catch(() => {}))
console.log(`main awaiting: ${(awaiting * 100).toFixed(2)} %`)
check(blocking < 0.05, 'blocked threads use next to nothing')
check(awaiting < 0.05, 'waiting loops use next to nothing')
console.log('pass')
