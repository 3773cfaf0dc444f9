// The rule for ESLint, beside the errors that the calls themselves throw.
//
// Promises to cover Y8.

import test from 'ava'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Linter } from 'eslint'
import plugin from 'threaded-async/eslint-plugin'
import { root, run } from '../support/program.mjs'

const head = "import { AsyncRunner, Queue, RunnerPool, Server, sleep, taskModule } from 'threaded-async'\n"

function problemsOf(code, filename = 'program.mjs') {
  const linter = new Linter()
  const problems = linter.verify(code, [{ files: ['**/*.mjs', '**/*.ts'], ...plugin.configs.recommended }], {
    filename,
  })
  return problems.map(({ message, line, column }) => ({ message, line, column }))
}

const namesOf = code => problemsOf(head + code).map(({ message }) => /`([^`]+)`/.exec(message)?.[1] ?? message)

const valid = [
  'new AsyncRunner().run(x => x + 1, [1])',
  'const runner = new AsyncRunner(); runner.run(async () => { await sleep(1); return new Queue() })',
  'const runner = new AsyncRunner(); runner.createTask(async () => { const fs = await import("node:fs"); return fs })',
  'const tasks = taskModule("node:path"); new AsyncRunner().run(tasks.basename, ["a"])',
  'const runner = new AsyncRunner(); function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2) } runner.run(fib, [9])',
  'const x = 1; [1].map(y => x + y)',
  'const x = 1; const list = [1]; list.map(y => x + y)',
  'const x = 1; const pool = [1]; pool.map(y => x + y)',
  'const x = 1; db.run(() => x)',
  'new AsyncRunner().run(() => { let x = 1; const add = y => x + y; return add(2) })',
  'new AsyncRunner().run(() => typeof window)',
  'new AsyncRunner().run(() => process.pid + console.log.length + globalThis.x)',
]

const invalid = [
  ['const x = 1; new AsyncRunner().run(() => x)', ['x']],
  ['const x = 1, y = 2; new AsyncRunner().run(() => x + y + x)', ['x', 'y']],
  ['const runner = new AsyncRunner(); let n = 0; runner.createTask(() => { n++ })', ['n']],
  ['import got from "got"; export const f = runner => runner.createTask(async url => got(url), ["a"])', ['got']],
  ['const x = 1; const server = new Server({}); server.createBackgroundTask(async () => x)', ['x']],
  ['const x = 1; const runner = new AsyncRunner(); runner.callInLoop(function () { return x })', ['x']],
  ['const x = 1; const pool = new RunnerPool(); pool.map(async item => item + x, [1])', ['x']],
  ['const x = 1; new RunnerPool().mapWait(async item => item + x, [1])', ['x']],
  ['const x = 1; const work = () => x; new AsyncRunner().run(work)', ['x']],
  ['const x = 1; function work() { return x } new AsyncRunner().run(work)', ['x']],
  ['class A { f(runner) { runner.createTask(() => this.x) } }', ['this']],
  ['const x = 1; export const f = () => AsyncRunner.current.run(() => x)', ['x']],
  ['const x = 1; AsyncRunner.use(runner => runner.run(() => x))', ['x']],
  ['const x = 1; class A { runner = new AsyncRunner(); f() { this.runner.run(() => x) } }', ['x']],
  ['import os from "node:os"; new AsyncRunner().run(() => os.cpus().length)', ['os']],
  ['new AsyncRunner().run(() => __dirname)', ['__dirname']],
  ['new AsyncRunner().run(() => import.meta.url)', ['import.meta']],
  ['const Queue2 = 1; new AsyncRunner().run(({ a = Queue2 }) => a, [{}])', ['Queue2']],
]

for (const code of valid) {
  test(`Y8: nothing is said of ${code}`, t => {
    t.deepEqual(namesOf(code), [])
  })
}

for (const [code, names] of invalid) {
  test(`Y8: ${names} ${names.length === 1 ? 'is' : 'are'} reported in ${code}`, t => {
    t.deepEqual(namesOf(code), names)
  })
}

test('Y8: the place is that of the name, the message that of the error', t => {
  const [problem, ...more] = problemsOf(`${head}const x = 1\nnew AsyncRunner().run(\n  () => x,\n)`)
  t.deepEqual(more, [])
  t.deepEqual([problem.line, problem.column], [4, 9])
  t.regex(problem.message, /The function captures `x`.*args.*taskModule/)
})

test('Y8: files that do not import this package are left alone', t => {
  t.deepEqual(problemsOf('const x = 1; runner.createTask(() => x)'), [])
  t.is(
    problemsOf("const { AsyncRunner } = require('threaded-async'); const x = 1; new AsyncRunner().run(() => x)").length,
    1,
  )
})

// The parser of TypeScript is not installed here: this shows that a file in TypeScript is read as JavaScript.
test('Y8: a file of TypeScript is read, whether or not Node can strip its types', t => {
  const code = `${head}const x = 1; new AsyncRunner().run(() => x)`
  t.is(problemsOf(code, 'program.ts').length, 1)
})

test('Y8: what is reported is refused by the call, and the rest is not', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'threaded-async-eslint-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(root, join(folder, 'node_modules/threaded-async'), 'junction')
  const programs = [
    ['const x = 1; new AsyncRunner().createTask(() => x)', 1],
    ['const add = (a, b) => a + b; new AsyncRunner().createTask(add, [1, 2])', 0],
    ['const x = 1; const add = a => a + x; new AsyncRunner().createTask(add, [1])', 1],
    ['const sleep2 = sleep; new AsyncRunner().createTask(() => sleep2(1))', 0],
  ]
  for (const [index, [code, count]] of programs.entries()) {
    const path = join(folder, `program-${index}.mjs`)
    const caught = `try { ${code.replaceAll('new AsyncRunner()', 'new AsyncRunner({ name: "a" })')} } catch (e) { console.log(e.code) }\nprocess.exit()`
    writeFileSync(path, head + caught)
    t.is(problemsOf(head + code).length, count)
    t.is((await run([path])).stdout, count === 0 ? '' : 'ERR_CAPTURED_VARIABLE\n')
  }
})
