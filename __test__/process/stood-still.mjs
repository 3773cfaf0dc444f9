// stood-still.mjs <close|closeAsync>: the whole process is stopped while its runner closes, for longer than `exitTimeout`.
//
// Prints `cleaning up` when it may be stopped, and `pass` when the runner has ended in order all the same.

import { AsyncRunner, Event, ShutdownType, sleep } from 'threaded-async'
import { check } from './support.mjs'

const runner = new AsyncRunner({ exitTimeout: 2000 })
const begun = new Event()
runner.createTask(
  async begun => {
    try {
      begun.set()
      await sleep(Infinity)
    } finally {
      console.log('cleaning up')
      for (let step = 0; step < 20; step++) await sleep(20)
    }
  },
  [begun],
)
begun.wait()
await runner[process.argv[2]]()
check(runner.shutdownType === ShutdownType.STOPPED, `shutdownType ${runner.shutdownType}`)
console.log('pass')
