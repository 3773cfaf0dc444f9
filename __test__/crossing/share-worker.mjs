// A worker of one's own, which adopts what it is sent, and does with it what it is told.

import { adopt } from 'threaded-async'
import { parentPort, workerData } from 'node:worker_threads'

const kept = new Map()

const orders = {
  /** Adopts a token under a name; answers with what the thing is. */
  adopt({ name, token }) {
    kept.set(name, adopt(token))
    return kept.get(name).constructor.name
  },
  /** Whether two tokens give one object. */
  same({ tokens: [one, other] }) {
    return adopt(one) === adopt(other)
  },
  put: ({ name, item }) => kept.get(name).put(item),
  get: ({ name }) => kept.get(name).get(),
  set: ({ name }) => kept.get(name).set(),
  waitAsync: ({ name }) => kept.get(name).waitAsync(),
  setResult: ({ name, value }) => kept.get(name).setResult(value),
  result: ({ name }) => kept.get(name).result(),
  execute: ({ name, fun, args }) => kept.get(name).execute(fun, ...args),
  run: ({ name }) => kept.get(name).run(() => 'from the loop'),
  /** A new queue of this thread's, as a token; this thread forgets it. */
  async share() {
    const { Queue, share } = await import('threaded-async')
    const queue = new Queue()
    queue.putNowait('from the worker')
    return share(queue)
  },
}

parentPort.on('message', async ({ verb, ...order }) => {
  try {
    parentPort.postMessage({ value: await orders[verb](order) })
  } catch ({ name, code, message }) {
    parentPort.postMessage({ error: { name, code, message } })
  }
})

if (workerData?.token) adopt(workerData.token).putNowait('from workerData')
