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
    'assigned.cjs': "Object.assign(exports, Object.fromEntries([['f', () => 1]]))",
    'getter.cjs': "for (const k of ['f']) Object.defineProperty(exports, k, { get: () => () => 1 })",
    'of-a-function.cjs': "module.exports = () => 2; for (const k of ['f']) module.exports[k] = () => 1",
    'compiled.cjs':
      'var __export = (target, all) => { for (var name in all) Object.defineProperty(target, name, { get: all[name] }) }; const all = {}; __export(all, { f: () => () => 1 }); module.exports = all',
  }
  AsyncRunner.use(runner => {
    for (const [name, text] of Object.entries(cases)) t.is(runner.run(commonjs(name, text).f), 1, name)
    const none = commonjs('none.cjs', 'module.exports = { g: 1 }')
    t.throws(() => runner.run(none.f), { message: /exports no function named 'f'/ })
    t.throws(() => runner.run(none.toString2), { message: /exports no function named/ })
  })
})

test('a module is found by its absolute path', t => {
  const file = join(folder, 'a path %20#.cjs')
  writeFileSync(file, 'exports.f = x => x + 1')
  AsyncRunner.use(runner => t.is(runner.run(taskModule(file).f, [1]), 2))
  t.throws(() => taskModule('./a path.cjs'), { code: 'ERR_INVALID_ARG_TYPE', message: /absolute path/ })
})

const readsTypes = process.features.typescript !== undefined && process.features.typescript !== false
const untyped = readsTypes ? test.skip : test
untyped('where a thread cannot read TypeScript, the error says what to do, and that works', t => {
  const file = join(folder, 'tasks.mts')
  writeFileSync(file, 'export const f = (x: number): number => x + 1')
  const imported = url => import(url).then(module => module.f(2))
  AsyncRunner.use(runner => {
    const message = /\.mts.*not installed on other threads.*tsx\/esm\/api.*22\.18/
    for (const call of [
      () => runner.run(taskModule(file).f, [1]),
      () => runner.run(imported, [pathToFileURL(file).href]),
    ]) {
      const error = t.throws(call, { code: 'ERR_UNKNOWN_FILE_EXTENSION', message })
      t.regex(error.stack, message)
    }
  })
  AsyncRunner.use(runner => {
    runner.run(async url => void (await import(url)).register(), [import.meta.resolve('tsx/esm/api')])
    t.is(runner.run(taskModule(file).f, [1]), 2)
    t.is(runner.run(imported, [pathToFileURL(file).href]), 3)
  })
})
