// growth-texts.mjs <inline|module|used|late|reentrant> <count>: so many functions that differ become tasks.
//
// Shows that the process keeps no more sources than its threads have used lately and its tasks need, whatever the
// functions are; and that a source which was let go of works when it comes again, or is still needed by a task. Run with
// --expose-gc: a task that V8 has not collected holds its source.

import { AsyncRunner, Event, Queue, taskModule } from 'threaded-async'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { native } from '../../dist/internals.js'
import { check } from './support.mjs'

const [how, given] = process.argv.slice(2)
const count = Number(given)
/** What one thread holds at most, and what the last tasks hold besides. */
const MOST = 10_000 + 2500

const runner = new AsyncRunner()
const inline = number => new Function(`return ${number}`)
let most = 0

/** Has so many functions run, a few hundred at a time. */
function flood(functionOf, from = 0) {
  for (let number = from; number < from + count; number += 500) {
    const last = Math.min(number + 500, from + count)
    const tasks = []
    for (let each = number; each < last; each++) tasks.push(runner.createTask(functionOf(each)))
    tasks.forEach((task, index) => check(task.wait() === number + index, 'each task has run its own function'))
    if (native.sourceCount() > MOST) collect()
    most = Math.max(most, native.sourceCount())
  }
}

/** What is gone is swept as other handles are made. */
function collect() {
  gc()
  for (let number = 0; number < 10_000; number++) new Event()
}

/** Functions of one module that has so many: `f0` returns 0. */
function moduleFunctions() {
  const file = join(mkdtempSync(join(tmpdir(), 'threaded-async-')), 'many.mjs')
  const lines = Array.from({ length: count }, (_, number) => `export const f${number} = () => ${number}`)
  writeFileSync(file, lines.join('\n'))
  const tasks = taskModule(pathToFileURL(file))
  return number => tasks[`f${number}`]
}

const ways = {
  inline: () => flood(inline),

  module: () => flood(moduleFunctions()),

  /** A function that is used all the time keeps its number, and what was let go of is found anew. */
  used() {
    const always = () => 'always'
    const number = native.sourceNumber
    let isNew = 0
    flood(each => {
      if (each % 100 === 0) check(runner.run(always) === 'always', 'a function that is used all the time works')
      return inline(each)
    })
    native.sourceNumber = (text, name) => {
      isNew++
      return number(text, name)
    }
    check(runner.run(always) === 'always' && isNew === 0, 'it was not described again')
    check(runner.run(inline(0)) === 0 && isNew === 1, 'a function that was let go of gets a number again')
    native.sourceNumber = number
  },

  /** Tasks that start long after their sources were let go of by the thread that made them. */
  late() {
    const [gate, out] = [new Event(), new Queue()]
    const other = new AsyncRunner({ allowBlocking: true })
    const hold = other.createTask(gate => gate.wait(), [gate])
    const waiting = [0, 1, 2].map(each => other.createTask(inline(each)))
    const named = other.createTask(inline(3), [], { name: 'named' })
    const running = other.createTask(
      async (gate, out) => {
        await out.put('up')
        throw new Error('late')
      },
      [gate, out],
    )
    flood(inline, 10)
    gate.set()
    hold.wait()
    check(
      waiting.every((task, each) => task.wait() === each && task.name === 'anonymous'),
      'late tasks run',
    )
    check(named.wait() === 3 && named.name === 'named', 'and have their names')
    out.getWait()
    try {
      running.wait()
    } catch (error) {
      check(error.message === 'late', 'their errors are their own')
    }
    other.close()
  },

  /** An argument's getter has the source of its own task let go of, before there is a task. */
  reentrant() {
    let isDone = false
    const args = {
      get item() {
        if (!isDone) flood(inline)
        isDone = true
        return 'item'
      },
    }
    check(runner.run(({ item }) => item, [args]) === 'item', 'the task has its own function all the same')
  },
}

ways[how]()
check(most <= MOST, `sources do not pile up: ${most} of ${count}`)
runner.close()
console.log('pass')
