// Loaded by --require before a loop's thread: it dies in the way that HOW says, if its runner is called as WHO says.

const { isMainThread, workerData } = require('node:worker_threads')

const deaths = {
  throws() {
    throw new TypeError('no loops, please')
  },
  exits: () => process.exit(5),
  'exits without an error': () => process.exit(0),
  'throws what cannot cross'() {
    throw { message: 'no loops, please', toString: null, f() {} }
  },
}

if (!isMainThread && workerData?.name === process.env.WHO) {
  process.env.DIED_AT = String(process.hrtime.bigint())
  deaths[process.env.HOW]()
}
