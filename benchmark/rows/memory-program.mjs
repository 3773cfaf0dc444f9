// A child of memory.mjs: makes so many pending things, looks at the memory of the process before and after, and prints
// the difference as JSON: bytes each, in the heap of this thread (`heap`) and outside of it (`native`).
//
// The first few are made before the first look, so that what exists once is not counted.

import { AsyncRunner, Queue } from 'threaded-async'

const WARM_UP = 1000
const [kind, count] = [process.argv[2], Number(process.argv[3])]
const kept = []
const runner = kind.startsWith('tasks') ? new AsyncRunner() : undefined
const queue = new Queue(runner)
const gate = new Promise(resolve => kept.push(resolve))

const makers = {
  promises: () => kept.push(new Promise(resolve => kept.push(resolve))),
  gets: () => kept.push(queue.get()),
  functions: () => kept.push((async () => await gate)()),
  tasks: () => kept.push(runner.createTask(async () => await (globalThis.gate ??= new Promise(() => {})))),
  'tasks in get()': () => kept.push(runner.createTask(async queue => await queue.get(), [queue])),
}

function make(count) {
  for (let index = 0; index < count; index++) makers[kind]()
  // Tasks start in their order: when a later one has ended, all of these wait.
  runner?.run(() => 1)
}

function look() {
  for (let index = 0; index < 3; index++) {
    globalThis.gc()
    runner?.callInLoop(() => globalThis.gc())
  }
  const { rss, heapTotal, heapUsed } = process.memoryUsage()
  return { native: rss - heapTotal, heap: heapUsed, all: rss }
}

make(WARM_UP)
const before = look()
make(count)
const after = look()
const each = Object.fromEntries(Object.keys(after).map(key => [key, (after[key] - before[key]) / count]))
process.stdout.write(JSON.stringify(each), () => process.exit(0))
