// code-cache.mjs <plain|flags|kept>: loops take over what their maker has compiled, or compile again.
//
// Shows that V8 accepts the code cache which a loop is handed; with `flags`, that a loop comes up where V8 does not, as its
// flags have changed since; with `kept`, that loops come up where Node keeps a compile cache of its own.

import assert from 'node:assert/strict'
import { setFlagsFromString } from 'node:v8'
import { AsyncRunner, taskModule } from 'threaded-async'

const how = process.argv[2]

/** Whether V8 accepts the code caches that this loop was handed; undefined where the loop was handed none. */
function accepts() {
  const { Script } = require('node:vm')
  const { codes } = require('node:worker_threads').workerData
  if (codes === undefined) return undefined
  const accepted = ['base', 'front', 'loop'].map(name => {
    const { text, cache } = codes[name]
    const [length] = new Int32Array(cache, 0, 1)
    if (length === 0) return 'empty'
    const wrapped = `(function (exports, require, module, __filename, __dirname) {${text}\n})`
    return !new Script(wrapped, { cachedData: new Uint8Array(cache, 8, length) }).cachedDataRejected
  })
  return accepted.every(each => each === accepted[0]) ? accepted[0] : accepted.join()
}

async function nested() {
  const runner = new AsyncRunner()
  try {
    return await runner.createTask(() => 42).result()
  } finally {
    await runner.closeAsync()
  }
}

const runners = [new AsyncRunner()]
runners[0].waitForNextEventloopIteration()
if (how === 'flags') setFlagsFromString('--stack-size=900')
for (let i = 0; i < 3; i++) runners.push(new AsyncRunner())
for (const runner of runners) {
  assert.equal(runner.run(accepts), how === 'kept' ? undefined : how !== 'flags')
  assert.equal(runner.run(nested), 42)
}
const here = taskModule(new URL('./code-cache-tasks.mjs', import.meta.url))
assert.equal(await runners[0].createTask(here.imported).result(), 'imported')
for (const runner of runners) runner.close()
console.log('pass')
