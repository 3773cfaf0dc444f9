// The package from CommonJS: `require` gives the classes that `import` gives.
//
// Promises that a queue made by one is a queue of the other, and that inline functions may use `require`.

const { AsyncRunner, Queue, currentTask } = require('threaded-async')
const assert = require('node:assert')

async function main() {
  const imported = await import('threaded-async')
  const required = require('threaded-async')
  for (const name of Object.keys(imported)) {
    if (name !== 'module.exports') assert.strictEqual(required[name], imported[name], name)
  }
  const runner = new imported.AsyncRunner()
  assert(runner instanceof AsyncRunner)
  const queue = new Queue(runner)
  const path = runner.run(
    async queue => {
      assertSame(require('threaded-async').Queue, queue.constructor)
      const { Queue } = await import('threaded-async')
      assertSame(Queue, queue.constructor)
      await queue.put(require('node:path').basename('/a/b'))
      return currentTask() === undefined

      function assertSame(a, b) {
        if (a !== b) throw new Error('two copies')
      }
    },
    [queue],
  )
  assert.strictEqual(path, false)
  assert.strictEqual(queue.getWait(), 'b')
  runner.close()
  console.log('pass')
}

main()
