// A worker, and the blocking end of a MessagePort to it: what a program without a library makes of Atomics.wait.
//
// The worker is told its `rival`, its end of the port and a bell, which it rings after each message. It says once, by its
// parent port, that it is ready.

import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads'

/** Starts the worker of a file. `look` is called before each sleep, with what tells whether the bell has rung. */
export async function startWorker(file, data, look = () => {}) {
  const { port1, port2 } = new MessageChannel()
  const bell = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(file, { workerData: { ...data, port: port2, bell }, transferList: [port2] })
  await new Promise(resolve => worker.once('message', resolve))
  let rung = 0
  const hasRung = () => Atomics.load(bell, 0) !== rung

  /** Blocks until there is a message. */
  function receive() {
    for (;;) {
      const message = receiveMessageOnPort(port1)
      if (message !== undefined) return message.message
      look(hasRung)
      Atomics.wait(bell, 0, rung)
      rung = Atomics.load(bell, 0)
    }
  }
  return { port: port1, receive, stop: () => worker.terminate() }
}
