// inline.cjs: the same for what a function requires.
//
// On a loop the error of the second task is that of the first.

const { AsyncRunner } = require('threaded-async')

exports.value = 7
process.env.IMPORTS = String(Number(process.env.IMPORTS ?? 0) + 1)
const isMain = AsyncRunner.current === undefined

try {
  console.log(
    'result',
    AsyncRunner.use(runner => runner.run(file => require(file).value, [__filename]), { allowBlocking: true }),
  )
} catch (error) {
  if (!isMain) throw error
  console.log(error.code)
}
if (isMain) {
  console.log('imports', process.env.IMPORTS)
  console.log('pass')
}
