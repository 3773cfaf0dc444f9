// A worker as a user might start one: it has runners of its own, blocks on them, and leaves the last one open.
//
// Promises two messages: what a runner that was closed did and how it ended, and the one left open.

import { parentPort } from 'node:worker_threads'
import { AsyncRunner, sleep } from 'threaded-async'

const runner = new AsyncRunner()
const value = runner.run(async x => (await sleep(1), x * 2), [21])
runner.close()
parentPort.postMessage([value, runner.shutdownType])

const open = new AsyncRunner({ name: 'left open' })
open.createTask(() => sleep(Infinity))
open.waitForNextEventloopIteration()
parentPort.postMessage([open.name, open.isRunning])
parentPort.on('message', () => {})
