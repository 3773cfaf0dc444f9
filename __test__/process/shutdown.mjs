// shutdown.mjs <rounds> [seed]: Z4, a queue is shut down amid 4 producers, 6 consumers and 2 joiners on 4 loops.
//
// Shows that all of them end, softly or at once, whenever it comes: softly every item that was put is got and join ends
// by the last `taskDone`; at once what is left is dropped and join ends by that.

import { AsyncRunner, Queue, taskModule } from 'threaded-async'
import { random } from './chaos-tasks.mjs'
import { check, pause } from './support.mjs'

const ITEMS = 16_000
const rounds = Number(process.argv[2])
const seed = Number(process.argv[3] ?? Date.now() % 1_000_000)
const next = random(seed)
console.log(`seed ${seed}`)
const tasks = taskModule(new URL('./shutdown-tasks.mjs', import.meta.url))

const [loop, other] = [new AsyncRunner(), new AsyncRunner()]
const [thread, another, third] = [1, 2, 3].map(() => new AsyncRunner({ allowBlocking: true }))

function start(queue) {
  const producers = [
    loop.createTask(tasks.produce, [queue, ITEMS]),
    other.createTask(tasks.produceMany, [queue, ITEMS]),
    loop.createTask(tasks.produce, [queue, ITEMS]),
    thread.createTask(tasks.produceBlocking, [queue, ITEMS]),
  ]
  const consumers = [
    ...[loop, loop, other, other].map(runner => runner.createTask(tasks.consume, [queue])),
    other.createTask(tasks.consumeMany, [queue]),
    another.createTask(tasks.consumeBlocking, [queue]),
  ]
  const joiners = [other.createTask(tasks.join, [queue]), third.createTask(tasks.joinBlocking, [queue])]
  return { producers, consumers, joiners }
}

function round(number) {
  const queue = new Queue({ maxsize: [0, 1, 100][number % 3] })
  const isImmediate = next() < 0.5
  const { producers, consumers, joiners } = start(queue)
  pause(next() * 60)
  queue.shutdown({ immediate: isImmediate })
  const [put, got] = [producers, consumers].map(all =>
    all.reduce((sum, task) => sum + task.wait({ timeout: 20_000 }), 0),
  )
  for (const joiner of joiners) check(joiner.wait({ timeout: 20_000 }) === 'joined', 'join ends')
  check(isImmediate ? got <= put : got === put, `${put} were put, ${got} got, immediate ${isImmediate}`)
  const { size, getters, putters, joiners: left } = queue.statistics()
  check(size + getters + putters + left === 0, 'nothing and nobody is left')
  return { put, got }
}

const sum = { put: 0, got: 0 }
for (let number = 0; number < rounds; number++) {
  const { put, got } = round(number)
  sum.put += put
  sum.got += got
}
console.log(`${rounds} rounds, ${sum.put} put, ${sum.got} got`)
console.log('pass')
