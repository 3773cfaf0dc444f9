// The rival that needs no package: a MessagePort, with Atomics.wait and receiveMessageOnPort on the blocking side.
// The same file is the program of its worker.

import { isMainThread, MessageChannel, parentPort, receiveMessageOnPort, Worker, workerData } from 'node:worker_threads'

if (!isMainThread && workerData?.rival === 'message-port') serve(workerData)

/** Echoes every message, and rings when the answer is there. */
function serve({ port, bell }) {
  let received = 0
  port.on('message', value => {
    if (value?.stream !== undefined) {
      received++
      if (received % value.of === 0) answer(received)
      return
    }
    answer(value)
  })
  parentPort.postMessage('ready')

  function answer(value) {
    port.postMessage(value)
    Atomics.add(bell, 0, 1)
    Atomics.notify(bell, 0)
  }
}

/** A worker one can ask and wait for. */
export async function startEcho() {
  const { port1, port2 } = new MessageChannel()
  const bell = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(new URL(import.meta.url), {
    workerData: { rival: 'message-port', port: port2, bell },
    transferList: [port2],
  })
  await new Promise(resolve => worker.once('message', resolve))
  let rung = 0

  function receive() {
    for (;;) {
      const message = receiveMessageOnPort(port1)
      if (message !== undefined) return message.message
      Atomics.wait(bell, 0, rung)
      rung = Atomics.load(bell, 0)
    }
  }
  return {
    port: port1,
    receive,
    ask(value) {
      port1.postMessage(value)
      return receive()
    },
    stop: () => worker.terminate(),
  }
}
