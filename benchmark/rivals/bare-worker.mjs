// The least a worker can do: answer once, then wait to be ended.

import { parentPort, workerData } from 'node:worker_threads'

const { bell } = workerData
parentPort.on('message', () => {})
Atomics.store(bell, 0, 1)
Atomics.notify(bell, 0)
