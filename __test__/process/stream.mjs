// stream.mjs <count>: Z1, one producer and one consumer, so many items each way.
//
// Shows that nothing is lost and nothing reordered between a blocking and an awaiting end, in both directions, and
// between two blocked threads; one by one and in batches, with and without a bound.

import { AsyncRunner, Queue, taskModule } from 'threaded-async'
import { check } from './support.mjs'

const count = Number(process.argv[2])
const tasks = taskModule(new URL('./stream-tasks.mjs', import.meta.url))
const runner = new AsyncRunner()
const blocking = new AsyncRunner({ allowBlocking: true })

function timed(name, number, body) {
  const before = performance.now()
  body(number)
  console.log(`${name}: ${(((performance.now() - before) * 1000) / number).toFixed(2)} us an item`)
}

function consume(queue, count) {
  for (let number = 0; number < count; number++) {
    const item = queue.getWait()
    if (item !== number) throw new Error(`${item} instead of ${number}`)
  }
}

function consumeMany(queue, count) {
  for (let number = 0; number < count;) {
    for (const item of queue.getManyWait(64)) {
      if (item !== number++) throw new Error(`${item} instead of ${number - 1}`)
    }
  }
}

function there(queue, count) {
  const task = runner.createTask(tasks.consume, [queue, count])
  for (let number = 0; number < count; number++) queue.putWait(number)
  check(task.wait() === count, 'all have come')
}

function back(queue, count) {
  const task = runner.createTask(tasks.produce, [queue, count])
  consume(queue, count)
  task.wait()
  check(queue.empty(), 'no more than all')
}

function betweenThreads(queue, count) {
  const task = blocking.createTask(tasks.produceBlocking, [queue, count])
  consume(queue, count)
  task.wait()
}

function inBatches(queue, count) {
  const task = runner.createTask(tasks.produceMany, [queue, count])
  consumeMany(queue, count)
  task.wait()
}

timed('put blocking, got awaiting', count, number => there(new Queue(), number))
timed('put awaiting, got blocking', count, number => back(new Queue(), number))
const bound = { maxsize: 100 }
const less = Math.ceil(count / 5)
timed('the same, bounded', less, number => there(new Queue(bound), number))
timed('the same back, bounded', less, number => back(new Queue(bound), number))
timed('between blocked threads', less, number => betweenThreads(new Queue(), number))
timed('the same, bounded', less, number => betweenThreads(new Queue(bound), number))
timed('in batches', less, number => inBatches(new Queue(), number))
timed('the same, bounded', less, number => inBatches(new Queue(bound), number))
console.log('pass')
