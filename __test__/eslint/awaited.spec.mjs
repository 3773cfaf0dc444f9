// The rule for ESLint that reports tasks, scripts, futures and events which are awaited as if they were promises.
//
// Promises to cover Y8.

import test from 'ava'
import { Linter } from 'eslint'
import plugin from 'threaded-async/eslint-plugin'

const head =
  "import { AsyncRunner, AsyncRunner as Loop, BackgroundTask, Event, Future, RunnerPool, Server } from 'threaded-async'\n" +
  'const runner = new AsyncRunner()\n' +
  'const f = async () => 1\n'

function problemsOf(code, filename = 'program.mjs') {
  const files = ['**/*.mjs', '**/*.jsx', '**/*.tsx']
  const languageOptions = { parserOptions: { ecmaFeatures: { jsx: true } } }
  return new Linter().verify(code, [{ files, languageOptions, ...plugin.configs.recommended }], { filename })
}

/** What is awaited, as its message calls it; a problem of another kind as its whole message. */
const awaited = code =>
  problemsOf(head + code).map(({ message }) => /([\w$]+)\.(?:result\(|waitAsync\(|map\()/.exec(message)?.[1] ?? message)

const invalid = [
  ['const task = runner.createTask(f); await task', ['task']],
  ['await runner.createTask(f)', ['task']],
  ['const done = await runner.createTask(f)', ['task']],
  ['await new AsyncRunner().createTask(f)', ['task']],
  ['const r = new Loop(); const job = r.createTask(f); export const g = async () => { await job }', ['job']],
  ['const server = new Server({}); await server.createBackgroundTask(f)', ['task']],
  ['const pool = new RunnerPool(); await pool.createTask(f)', ['task']],
  ['class Mine extends AsyncRunner {} const mine = new Mine(); await mine.createTask(f)', ['task']],
  ['await AsyncRunner.use(async runner => { const t = runner.createTask(f); await t })', ['t']],
  ['export const g = async () => { await AsyncRunner.current.createTask(f) }', ['task']],
  ['const task = runner.createTask(f); await Promise.all([task, f()])', ['task']],
  ['const a = runner.createTask(f), b = runner.createTask(f); await Promise.race([a, b])', ['a', 'b']],
  ['await Promise.all([1, 2].map(n => runner.createTask(f, [n])))', ['tasks']],
  ['await Promise.all(Array.from({ length: 2 }, () => { return runner.createTask(f) }))', ['tasks']],
  ['const tasks = [1].map(() => runner.createTask(f)); await Promise.allSettled(tasks)', ['tasks']],
  ['const tasks = []; for (;;) { tasks.push(runner.createTask(f)); await Promise.any(tasks) }', ['tasks']],
  ['const tasks = [runner.createTask(f)]; await Promise.all([...tasks])', ['tasks']],
  ['const tasks = [runner.createTask(f)]; for (const task of tasks) await task', ['task']],
  ['const tasks = [runner.createTask(f)]; await tasks[0]', ['task']],
  ['const tasks = [runner.createTask(f)]; await Promise.all(tasks.map(async task => await task))', ['task']],
  ['const task = runner.createTask(f); for await (const x of [task]) console.log(x)', ['task']],
  ['const task = runner.createTask(f); task.then(console.log)', ['task']],
  ['runner.createTask(f).catch(console.error)', ['task']],
  ['const task = runner.createTask(f); await Promise.resolve(task)', ['task']],
  ['await (Math.random() < 0.5 ? runner.createTask(f) : runner.createTask(f))', ['task']],
  ['let task; await (task = runner.createTask(f))', ['task']],
  ['const server = new Server({}); await server.createScript("1")', ['script']],
  ['const server = new Server({}); const robot = server.createScript("1"); await robot', ['robot']],
  [
    'const server = new Server({}); await Promise.all([server.createScript("1"), server.createTask(f)])',
    ['script', 'task'],
  ],
  ['const server = new Server({}); const robots = [server.createScript("1")]; await Promise.all(robots)', ['robots']],
  ['const server = new Server({}); await Promise.all(["1"].map(text => server.createScript(text)))', ['scripts']],
  ['const server = new Server({}); server.createScript("1").then(console.log)', ['script']],
  ['class Arena extends Server {} const arena = new Arena(); await arena.createScript("1")', ['script']],
  ['const server = new Server({}); await server.createFuture()', ['future']],
  ['const server = new Server({}); const answer = server.createFuture(); await answer', ['answer']],
  ['const events = [new Event()]; for await (const x of events) console.log(x)', ['events']],
  ['const future = new Future(); await future', ['future']],
  ['const ready = new Event(runner); await ready', ['ready']],
  ['class A { #runner = new AsyncRunner(); async g() { await this.#runner.createTask(f) } }', ['task']],
  ['class A { task = runner.createTask(f); async g() { await this.task } }', ['task']],
]

const valid = [
  'const server = new Server({}); await server.createScript("1").result(); await server.createFuture().result()',
  'await runner.createScript("1"); await new RunnerPool().createFuture()',
  'class Arena extends Server { createScript(text) { return super.createScript(text).result() } } await new Arena().createScript("1")',
  'const task = runner.createTask(f); await task.result(); task.wait(); task.cancel()',
  'await Promise.all([1, 2].map(n => runner.createTask(f, [n]).result()))',
  'const tasks = [runner.createTask(f)]; await Promise.all(tasks.map(task => task.result()))',
  'const tasks = []; tasks.push(runner.createTask(f)); await Promise.all(tasks.map(task => task.result()))',
  'let task = runner.createTask(f); task = f(); await task',
  'let task; if (Math.random() < 0.5) task = runner.createTask(f); else task = f(); await task',
  'let task = runner.createTask(f); const g = () => { task = f() }; g(); await task',
  'export const g = async task => { await task }',
  'export const g = async runner => { await runner.createTask(f) }',
  'export const g = async db => { await db.createTask({ title: 1 }); await Promise.all([db.createTask(2)]) }',
  'import { api } from "./api.js"; await api.createTask(f)',
  'const server = { createTask: f }; await server.createTask()',
  '{ const AsyncRunner = class { createTask() { return f() } }; await new AsyncRunner().createTask() }',
  'class Mine extends AsyncRunner { createTask() { return super.createTask(f).result() } } await new Mine().createTask()',
  'class A { runner = new AsyncRunner(); swap(other) { this.runner = other } async g() { await this.runner.createTask(f) } }',
  'const tasks = [runner.createTask(f), f()]; for (const task of tasks) await task',
  'const tasks = [runner.createTask(f)]; tasks[0] = f(); await tasks[0]',
  'const event = new globalThis.Event("x"); await event',
  '{ const Event = globalThis.Event; await new Event("x") }',
  'export async function start() { return runner.createTask(f) }',
  'await Promise.all([1].map(async () => runner.createTask(f)))',
  'const Promise = { all: f }; await Promise.all([runner.createTask(f)])',
  'const [task] = [runner.createTask(f)]; const { result } = task; await result',
]

for (const [code, names] of invalid) {
  test(`Y8: a task that is no promise is reported in ${code}`, t => {
    t.deepEqual(awaited(code), names)
  })
}

for (const code of valid) {
  test(`Y8: nothing is awaited wrongly in ${code}`, t => {
    t.deepEqual(awaited(code), [])
  })
}

const ways = [
  "const { AsyncRunner: R } = require('threaded-async'); const r = new R()",
  "const all = require('threaded-async'); const r = new all.AsyncRunner()",
  "import * as all from 'threaded-async'; const r = new all.AsyncRunner()",
  "const { AsyncRunner } = await import('threaded-async'); const r = new AsyncRunner()",
]

for (const way of ways) {
  test(`Y8: the class is known by what it is loaded from: ${way}`, t => {
    t.is(problemsOf(`${way}; await r.createTask(async () => 1)`).length, 1)
    const elsewhere = way.replace("'threaded-async'", "'another'")
    t.is(problemsOf(`// 'threaded-async'\n${elsewhere}; await r.createTask(async () => 1)`).length, 0)
  })
}

test('Y8: the message says what to write, and the place is that of the task', t => {
  const [problem] = problemsOf(`${head}const job = runner.createTask(f)\nconsole.log(\n  await job,\n)`)
  t.deepEqual([problem.line, problem.column], [6, 9])
  t.is(
    problem.message,
    '`await` does not wait for a task: it gives back the BackgroundTask itself, at once. Write `await job.result()`, or `job.wait()` to block.',
  )
  const [future] = problemsOf(`${head}const answer = new Future(); await answer`)
  t.regex(future.message, /`await answer\.result\(\)`, or `answer\.resultWait\(\)`/)
  const [event] = problemsOf(`${head}const ready = new Event(); await ready`)
  t.regex(event.message, /`await ready\.waitAsync\(\)`, or `ready\.wait\(\)`/)
  const [all] = problemsOf(`${head}const job = runner.createTask(f); await Promise.all([job])`)
  t.regex(all.message, /`Promise\.all` does not wait for a task.*`job\.result\(\)`/)
  const [chained] = problemsOf(`${head}const ready = new Event(); ready.then(f)`)
  t.is(chained.message, '`then` is a method of promises, and an Event is none. Write `ready.waitAsync().then(…)`.')
})

test('Y8: of an array the message says what to do with its elements', t => {
  const said = code => problemsOf(head + code).map(({ message }) => /Give it `(.*)` instead/.exec(message)[1])
  const tasks = 'const tasks = [runner.createTask(f)]; '
  const each = ['tasks.map(task => task.result())']
  t.deepEqual(said(`${tasks}await Promise.all(tasks)`), each)
  t.deepEqual(said(`${tasks}await Promise.all([...tasks])`), [`...${each}`])
  t.deepEqual(said(`${tasks}for await (const x of tasks) console.log(x)`), each)
  t.deepEqual(said('await Promise.all([1].map(() => runner.createTask(f)))'), each)
  const [{ message }] = problemsOf(`${head}const ready = [new Event()]; await Promise.race(ready)`)
  t.is(
    message,
    '`Promise.race` does not wait for an event: an Event is no promise. Give it `ready.map(event => event.waitAsync())` instead.',
  )
})

test('Y8: files with JSX are read, for awaited tasks and for captured variables', t => {
  const jsx = 'const view = <div onClick={async () => { await runner.createTask(f) }}>text</div>'
  for (const filename of ['view.jsx', 'view.tsx', 'view.mjs']) {
    t.deepEqual(
      problemsOf(`${head}${jsx}`, filename).map(({ ruleId }) => ruleId),
      ['threaded-async/no-awaited-tasks'],
    )
    const captured =
      'const x = 1; runner.run(y => <p title={x}>{y}</p>, [1]); runner.run(y => <p>{y}{new Event()}</p>, [1])'
    t.deepEqual(
      problemsOf(head + captured, filename).map(({ message }) => /`(\w+)`/.exec(message)[1]),
      ['x'],
    )
  }
})
