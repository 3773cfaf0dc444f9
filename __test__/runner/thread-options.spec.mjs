// What a loop's thread has from its start: its environment, its arguments, its flags, and its way out for output.
//
// Promises that they are a Worker's, that what a Worker would refuse is refused before a thread is there, and that a thread
// that was started ahead is not used where it has not what is asked for.

import test from 'ava'
import { SHARE_ENV } from 'node:worker_threads'
import { AsyncRunner, Server } from 'threaded-async'
import { ends } from '../support/program.mjs'
import { runnerFor } from '../support/runner-fixture.mjs'

const variables = runner => runner.run(() => ({ ...process.env }))

test('env: a loop has these variables and no others, and keeps its own', t => {
  const env = { ONE: '1', NUMBER: 2 }
  const runner = runnerFor(t, { env })
  env.LATER = 'no'
  t.deepEqual(variables(runner), { ONE: '1', NUMBER: '2' })
  runner.run(() => void (process.env.THREADED_ASYNC_LOOP = 'its own'))
  t.is(process.env.THREADED_ASYNC_LOOP, undefined)
})

test('env: by default, and with SHARE_ENV, each thread sees what the other changes', t => {
  for (const options of [{}, { env: undefined }, { env: SHARE_ENV }]) {
    const runner = runnerFor(t, options)
    process.env.THREADED_ASYNC_SHARED = 'main'
    t.is(
      runner.run(() => process.env.THREADED_ASYNC_SHARED),
      'main',
    )
    runner.run(() => void (process.env.THREADED_ASYNC_SHARED = 'loop'))
    t.is(process.env.THREADED_ASYNC_SHARED, 'loop')
    delete process.env.THREADED_ASYNC_SHARED
  }
})

test('argv: a loop finds it in process.argv, as strings', t => {
  const runner = runnerFor(t, { argv: ['--flag', 3, null] })
  t.deepEqual(
    runner.run(() => process.argv.slice(2)),
    ['--flag', '3', 'null'],
  )
})

test('execArgv: a loop starts with these flags instead of those of the process', t => {
  const runner = runnerFor(t, { execArgv: ['--no-warnings', '--stack-trace-limit=17'].slice(0, 1) })
  t.deepEqual(
    runner.run(() => process.execArgv.filter(flag => flag !== '--preserve-symlinks-main')),
    ['--no-warnings'],
  )
  const preloaded = runnerFor(t, { execArgv: ['--import', 'data:text/javascript,globalThis.preloaded=1'] })
  t.is(
    preloaded.run(() => globalThis.preloaded),
    1,
  )
})

test('what a Worker would refuse, or would take as something else, is refused, and there is no runner', t => {
  const refused = [
    [{ env: 1 }, 'ERR_INVALID_ARG_TYPE', /options\.env/],
    [{ env: null }, 'ERR_INVALID_ARG_TYPE', /options\.env/],
    [{ env: { A: Symbol('a') } }, 'ERR_INVALID_ARG_TYPE', /options\.env\.A/],
    [{ env: { NODE_OPTIONS: '--nonsense' } }, 'ERR_WORKER_INVALID_EXEC_ARGV', /nonsense/],
    [{ argv: 'text' }, 'ERR_INVALID_ARG_TYPE', /options\.argv/],
    [{ argv: { length: 1 } }, 'ERR_INVALID_ARG_TYPE', /options\.argv/],
    [{ execArgv: '--flag' }, 'ERR_INVALID_ARG_TYPE', /options\.execArgv/],
    [{ execArgv: [1] }, 'ERR_INVALID_ARG_TYPE', /options\.execArgv\[0\]/],
    [{ execArgv: ['--nonsense'] }, 'ERR_WORKER_INVALID_EXEC_ARGV', /nonsense/],
    [{ execArgv: ['--max-old-space-size=100'] }, 'ERR_WORKER_INVALID_EXEC_ARGV', /max-old-space-size/],
    [{ stdout: 'inherit' }, 'ERR_INVALID_ARG_VALUE', /'direct' or 'main'/],
    [{ stdout: true }, 'ERR_INVALID_ARG_VALUE', /'direct' or 'main'/],
  ]
  for (const [options, code, message] of refused) {
    t.throws(() => new AsyncRunner(options), { code, message })
    t.throws(() => new Server(options), { code, message })
  }
  t.throws(() => new AsyncRunner({ stdout: 'main', execArgv: ['--nonsense'] }), {
    code: 'ERR_WORKER_INVALID_EXEC_ARGV',
  })
})

test('a server takes the same options', t => {
  const server = new Server({ env: { ONE: '1' }, argv: ['a'], execArgv: ['--no-warnings'], stdout: 'main' })
  t.teardown(() => server.close())
  const task = server.createBackgroundTask(() => [process.env.ONE, process.argv[2]])
  t.deepEqual(task.wait(), ['1', 'a'])
})

test.serial('a loop that was started ahead is left alone where it has not what is asked for', t => {
  t.teardown(() => AsyncRunner.prewarm(0))
  const threadOf = runner => runner.callInLoop(() => require('node:worker_threads').threadId)
  for (const options of [{ env: {} }, { argv: ['a'] }, { execArgv: ['--no-warnings'] }, { stdout: 'main' }]) {
    AsyncRunner.prewarm(0)
    AsyncRunner.prewarm(1)
    const runner = runnerFor(t, options)
    const ready = runnerFor(t, { env: SHARE_ENV, stdout: 'direct' })
    t.true(threadOf(ready) < threadOf(runner), JSON.stringify(options))
  }
})

for (const mode of ['order', 'many', 'ends', 'throws', 'nested']) {
  test(`R12: with stdout: 'main', all that loops print goes through main's streams, in order: ${mode}`, async t => {
    await ends(t, ['streams.mjs', mode])
  })
}

test("R12: with stdout: 'main', what was printed before the process ends is written", async t => {
  const lines = Array.from({ length: 5 }, (_, line) => `line ${line}\n`).join('')
  await ends(t, ['streams.mjs', 'exit'], { expected: { stdout: `pass\n${lines}` } })
})
