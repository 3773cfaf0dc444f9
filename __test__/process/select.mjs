// select.mjs <count>: K7, so many items between three loops and the main thread, which all select.
//
// Two loops put each item into one of two queues, whichever has room; a third one and the main thread take from whichever
// has an item. Timeouts and aborts end waits at random. Shows that each item arrives once, that no waiter is left, and
// that the two queues are used alike.

import { AsyncRunner, Event, Queue, selectWait, taskModule } from 'threaded-async'
import { check } from './support.mjs'

const count = Number(process.argv[2])
const tasks = taskModule(new URL('./select-tasks.mjs', import.meta.url))
const queues = [new Queue({ maxsize: 2 }), new Queue({ maxsize: 3 })]
const over = new Event()
const loops = ['one', 'two', 'three'].map(name => new AsyncRunner({ name }))
const puts = [0, 1].map(turn => loops[turn].createTask(tasks.put, [queues, turn, count, 2]))
const takes = loops[2].createTask(tasks.take, [queues, over])

const taken = []
const from = [0, 0]
const ops = [...queues.map(queue => queue.getOp()), over.waitOp()]
const putting = new Set(puts)
while (putting.size > 0) {
  for (const task of putting) if (task.done()) putting.delete(task)
  try {
    const { index, value } = selectWait(ops, { timeout: taken.length % 3 })
    taken.push(value.number)
    from[index]++
  } catch (error) {
    if (error.code !== 'ERR_EVENT_LOOP_TIMEOUT') throw error
  }
}
const abandoned = puts.map(task => task.wait()).reduce((sum, number) => sum + number)
while (!queues.every(queue => queue.empty())) {
  try {
    taken.push(selectWait(ops, { timeout: 1 }).value.number)
  } catch (error) {
    if (error.code !== 'ERR_EVENT_LOOP_TIMEOUT') throw error
  }
}
over.set()
const others = takes.wait()
const all = [...taken, ...others.numbers].sort((a, b) => a - b)
check(all.length === count, `${all.length} of ${count} items`)
check(
  all.every((number, index) => number === index),
  'each item once',
)
for (const queue of queues) {
  const { size, getters, putters } = queue.statistics()
  check(size + getters + putters === 0, 'nothing is left')
}
for (const loop of loops) loop.close()
console.log(`${taken.length} here, ${others.numbers.length} there; ${abandoned + others.abandoned} waits given up`)
console.log('pass')
