// output.mjs <mode> …: what a runner's loop prints while the main thread blocks.
//
// visible <file>: prints a line and goes on once the reader has made the file: it must see the line while main blocks.
// order: main and loop print in turns. flood <runners> <lines> <length>: more than a pipe holds, for a reader that does
// not read until it is told, on stderr, that the pipe is full. gone: for a reader that has left. pending: a door that
// nobody is blocked in holds the process.

import { AsyncRunner, Queue, sleep } from 'threaded-async'
import { until, written } from './support.mjs'

const [mode, ...args] = process.argv.slice(2)

function visible(file) {
  const runner = new AsyncRunner()
  const released = new Queue()
  runner.createTask(
    async (file, released) => {
      const { existsSync } = await import('node:fs')
      while (released.statistics().getters === 0) await sleep(1)
      console.log('visible')
      process.stdout.write('half ')
      process.stdout.write('a line\n')
      console.error('visible, too')
      while (!existsSync(file)) await sleep(1)
      await released.put('released')
    },
    [file, released],
  )
  console.log(released.getWait())
}

// Few enough that the main thread, whose own stream keeps back what a full pipe refuses, never finds it full.
function order() {
  const runner = new AsyncRunner()
  const [there, back] = [new Queue(), new Queue()]
  runner.createTask(
    async (there, back) => {
      for await (const number of there) {
        if (number % 3 === 0) process.stdout.write(`loop ${number}\n`)
        else console.log(`loop ${number}`)
        await back.put(number)
      }
    },
    [there, back],
  )
  for (let number = 0; number < 50; number++) {
    console.log(`main ${number}`)
    there.putWait(number)
    back.getWait()
  }
  there.shutdown()
}

function flood(runners, lines, length) {
  console.log('main') // Makes the descriptor non-blocking, where Node does that.
  const progress = new Int32Array(new SharedArrayBuffer(4))
  const tasks = Array.from({ length: Number(runners) }, (_, runner) =>
    new AsyncRunner().createTask(
      (runner, lines, length, progress) => {
        for (let line = 0; line < lines; line++) {
          console.log(`${runner} ${line} `.padEnd(length - 1, 'x') + '.')
          Atomics.add(progress, 0, 1)
        }
      },
      [runner, Number(lines), Number(length), progress],
    ),
  )
  let before = -1
  let still = 0
  until(() => {
    still = before === progress[0] && before > 0 ? still + 1 : 0
    before = progress[0]
    return still > 100
  })
  console.error('full')
  for (const task of tasks) task.wait()
}

function gone() {
  const runner = new AsyncRunner()
  runner.run(() => {
    for (let line = 0; line < 10_000; line++) console.log(`line ${line} `.padEnd(80, 'x'))
  })
  console.error('pass')
}

function pending() {
  const queue = new Queue()
  const runner = new AsyncRunner()
  queue.get().then(value => console.log(value))
  runner.createTask(
    async queue => {
      for (let turn = 0; turn < 20; turn++) await sleep(5)
      queue.putNowait('got')
    },
    [queue],
  )
  process.on('exit', () => written('exit\n'))
}

const modes = { visible, order, flood, gone, pending }
modes[mode](...args)
if (!['gone', 'pending'].includes(mode)) console.log('pass')
