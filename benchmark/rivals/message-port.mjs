// The rival that needs no package: a MessagePort, with Atomics.wait and receiveMessageOnPort on the blocking side.
// The same file is the program of its worker.
//
// The worker echoes messages. `{ expect }` announces a stream of so many numbers, alone or in arrays, of which only
// the end is answered; `{ ticks, limit }` has it record so many ticks of a timer, which it tells in place of an echo.

import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import { intervals } from '../intervals.mjs'
import { startWorker } from './blocking-port.mjs'

if (!isMainThread && workerData?.rival === 'message-port') serve(workerData)

function serve({ port, bell, transfers }) {
  let missing = 0
  let recorded
  port.on('message', value => {
    if (missing > 0) {
      missing -= Array.isArray(value) ? value.length : 1
      if (missing <= 0) answer('all')
    } else if (value?.expect !== undefined) {
      missing = value.expect
    } else if (value?.ticks !== undefined) {
      recorded = undefined
      void intervals(value.ticks, value.limit).then(found => (recorded = { found }))
    } else {
      answer(recorded ?? value)
    }
  })
  parentPort.postMessage('ready')

  function answer(value) {
    port.postMessage(value, transfers ? [value] : [])
    Atomics.add(bell, 0, 1)
    Atomics.notify(bell, 0)
  }
}

/** A worker, and `ask`, which blocks for its answer. With `transfers` it takes ArrayBuffers only, and gives them back. */
export async function startEcho({ transfers = false } = {}) {
  const echo = await startWorker(new URL(import.meta.url), { rival: 'message-port', transfers })
  const ask = value => {
    echo.port.postMessage(value)
    return echo.receive()
  }
  return { ...echo, ask }
}
