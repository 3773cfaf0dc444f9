// Inline functions of programs that have no file, and functions of CommonJS modules whose exports Node cannot see.

import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import test from 'ava'
import { AsyncRunner, taskModule } from 'threaded-async'
import { ends } from '../support/program.mjs'

const body = `AsyncRunner.use(runner => console.log(runner.run(() => new Q().qsize()) === 0 ? 'pass' : 'fail'))`
const module = `import { AsyncRunner, Queue as Q } from 'threaded-async'; ${body}`
const script = `const { AsyncRunner, Queue: Q } = require('threaded-async'); ${body}`

test('a renamed import of a module given by -e is known', t => ends(t, ['--input-type=module', '-e', module]))
test('a renamed import of a script given by -e is known', t => ends(t, ['-e', script]))
test('a renamed import of a module from standard input is known', t =>
  ends(t, ['--input-type=module', '-'], { input: module }))

const folder = mkdtempSync(join(tmpdir(), 'commonjs-'))

/** The functions of a CommonJS module of this text. */
function commonjs(name, text) {
  const file = join(folder, name)
  writeFileSync(file, text)
  return taskModule(pathToFileURL(file))
}

test('a function of a CommonJS module is found however it is exported', t => {
  const cases = {
    'object.cjs': 'module.exports = { f: () => 1 }',
    'computed.cjs': "module.exports = { ['f']: () => 1 }",
    'made.cjs': 'const make = () => ({ f() { return 1 } }); module.exports = make()',
    'plain.cjs': 'exports.f = () => 1',
  }
  AsyncRunner.use(runner => {
    for (const [name, text] of Object.entries(cases)) t.is(runner.run(commonjs(name, text).f), 1, name)
    const none = commonjs('none.cjs', 'module.exports = { g: 1 }')
    t.throws(() => runner.run(none.f), { message: /exports no function named 'f'/ })
    t.throws(() => runner.run(none.toString2), { message: /exports no function named/ })
  })
})
