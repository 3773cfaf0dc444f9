// Whole programs: how a process ends, what a caller learns of a dead runner, and where a loop's output goes.
//
// Promises what S9, S5, R7, R12 and S4 ask for, each shown by a process of its own that prints `pass`, has a deadline,
// and must end with exactly the exit code, output and silence that is written here. How fast a machine is, is not
// measured: bounds in time are there to tell an end from a hang.

import test from 'ava'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { attend, ends, passes, PATIENCE, programs, stress } from '../support/program.mjs'

const states = ['idle', 'booting', 'busy', 'flooding', 'awaiting', 'getWait']
const doors = ['getWait', 'putWait', 'joinWait', 'wait', 'resultWait', 'taskWait']

/** How a process ends by itself, and what its end must be. */
const exits = {
  natural: { code: 0 },
  exit: { code: 7 },
  throwLater: { code: 1, stderr: /RangeError: thrown by the program/ },
  'blocked-exit': { code: 7 },
}
const rarerExits = {
  exitCode: { code: 5 },
  exitLater: { code: 7 },
  throw: { code: 1, stderr: /RangeError: thrown by the program/ },
  reject: { code: 1, stderr: /RangeError: rejected by the program/ },
  'awaiting-exit': { code: 7 },
}

const PROMPT = 60_000

test('a door that is called near the end of the stack waits, or fails and leaves nothing behind', async t => {
  await ends(t, ['stack-end.mjs'], { expected: { stderr: /^/ } }) // V8 may print what it could not throw.
})

test('what is taken near the end of the stack is returned, or goes back where it was', async t => {
  await ends(t, ['stack-end-reads.mjs'], { expected: { stderr: /^/ } })
})

for (const flag of ['--no-opt', '--always-sparkplug', '--stack-size=500']) {
  test(`what is taken near the end of the stack is returned, or goes back where it was, with ${flag}`, async t => {
    await ends(t, [flag, 'stack-end-reads.mjs', '1'], { expected: { stderr: /^/ } })
  })
}

const withLimits = existsSync('/usr/bin/prlimit') ? test : test.skip
withLimits('a text or a bigint for whose copy there is no memory is an error, and nothing has happened', async t => {
  await ends(t, ['no-memory.mjs'])
})

// Without privileges the limit holds; to give them up takes them. It counts all threads of a user, so each run is one of its own.
const nobody = 40_000 + (process.pid % 20_000)
const limited = process.getuid?.() === 0 && existsSync('/usr/bin/setpriv') ? test : test.skip
limited(
  'a wait with a timeout fails with a code, and without an effect, where there is no thread for the timers',
  t => {
    const outputs = [11, 12, 13, 14, 16].map(limit => {
      const command = `ulimit -u ${limit}; exec '${process.execPath}' no-thread.mjs`
      const args = [`--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', 'bash', '--norc', '-c', command]
      return spawnSync('setpriv', args, { cwd: programs, timeout: PROMPT, encoding: 'utf8' })
    })
    // With too few threads Node itself does not start.
    const started = outputs.filter(({ stdout }) => stdout !== '')
    t.deepEqual(
      started.map(({ stdout, stderr }) => stdout + stderr),
      started.map(() => 'pass\n'),
    )
  },
)

for (const state of states) {
  const isFull = stress > 1 || state === 'getWait' || state === 'awaiting'
  for (const [how, expected] of Object.entries(isFull ? { ...exits, ...rarerExits } : exits)) {
    test(`S9: the process ends promptly with its own code: ${how}, runner ${state}`, async t => {
      t.true((await ends(t, ['exit.mjs', how, state], { expected })) < PROMPT)
    })
  }

  test(`S9: SIGTERM ends the process: main on its loop, runner ${state}`, async t => {
    const expected = { code: null, signal: 'SIGTERM' }
    await ends(t, ['exit.mjs', 'stay', state], { expected }, async program => {
      await program.prints('pass\n')
      program.kill('SIGTERM')
    })
  })

  test(`S9: SIGTERM ends the process: main blocked, runner ${state}`, async t => {
    const expected = { code: null, signal: 'SIGTERM', stdout: 'pass\nblocked\n' }
    await ends(t, ['exit.mjs', 'blocked-stay', state], { expected }, async program => {
      await program.prints('blocked\n')
      program.kill('SIGTERM')
    })
  })
}

for (const door of doors.slice(1)) {
  for (const [how, code] of Object.entries({ natural: 0, exit: 7 })) {
    test(`S5: the process ends promptly while a thread is blocked in ${door}: ${how}`, async t => {
      t.true((await ends(t, ['exit.mjs', how, door], { expected: { code } })) < PROMPT)
    })
  }
}

const linux = process.platform === 'linux' ? test : test.skip
for (const state of ['awaiting', 'busy', 'getWait', 'wait', 'resultWait', 'taskWait', 'run']) {
  linux(`S9: a worker of the user's own ends at once, its runners with it: terminated, ${state}`, async t => {
    await ends(t, ['user-worker.mjs', 'terminate', state])
  })

  linux(`S9: the process ends while a worker of the user's own is ${state}`, async t => {
    t.true((await ends(t, ['user-worker.mjs', 'main', state], { expected: { code: 7 } })) < PROMPT)
  })
}

for (const how of ['exit', 'throw']) {
  linux(`S9: a worker of the user's own ends by itself, its runners with it: ${how}`, async t => {
    await ends(t, ['user-worker.mjs', how, 'awaiting'])
  })
}

// Python: TestAsyncRunner.test_shutdown_force, test_shutdown_force_failed
for (const how of ['loop', 'microtasks', 'ticks', 'atomics', 'regex', 'native', 'unsettled']) {
  test(`S4, S5: a loop that is stuck (${how}) is ended by force, and every waiter is released`, async t => {
    const where = how === 'unsettled' ? 'outside of any task' : "in task 'sticky'"
    const stderr = new RegExp(`^threaded-async: runner 'prey'.* by force, ${where}`)
    await ends(t, ['stuck.mjs', how], { expected: { stderr } })
  })
}

test('S4: where the stuck loop was is not logged if the runner is to be quiet', async t => {
  await ends(t, ['stuck.mjs', 'loop', 'quiet'])
})

// Python: TestAsyncRunner.test_shutdown_stopped
test('S5: an orderly close releases every thread that is blocked for what the runner owns', async t => {
  await ends(t, ['stuck.mjs', 'awaiting'])
})

test('R7: a loop that takes long to start is not taken for dead', async t => {
  await ends(t, ['--require', './shapes/slow-preload.cjs', 'shapes/hello.mjs'])
})

for (const how of ['exit', 'oom', 'terminate', 'terminate booting', 'maker', 'maker booting']) {
  test(`R7: every wait on a runner that dies ends with RunnerDiedError at once: ${how}`, async t => {
    const lines = await passes(t, ['deaths.mjs', ...how.split(' ')])
    const times = lines.map(line => Number(line.split(' ')[1])).toSorted((a, b) => a - b)
    t.true(times.length >= 13)
    // On a busy machine one thread or another has to wait for its turn, and V8 takes a while to give up for lack of memory.
    const [median, most] = [times[times.length >> 1], times.at(-1)]
    t.true(median < (how === 'oom' ? 20_000 : 1000) && most < 20_000, times.join())
    t.log(`median ${median} ms, most ${most} ms`)
  })
}

test('R12: what a loop prints is seen while the main thread blocks', async t => {
  const directory = mkdtempSync(join(tmpdir(), 'threaded-async-'))
  t.teardown(() => rmSync(directory, { recursive: true }))
  const file = join(directory, 'seen')
  const expected = { stdout: 'visible\nhalf a line\nreleased\npass\n', stderr: 'visible, too\n' }
  await ends(t, ['output.mjs', 'visible', file], { expected }, async program => {
    await program.prints('visible\nhalf a line\n')
    writeFileSync(file, '')
  })
})

test('R12: lines of a loop and of the main thread come in the order in which they were printed', async t => {
  const stdout = Array.from({ length: 50 }, (_, number) => `main ${number}\nloop ${number}\n`).join('')
  await ends(t, ['output.mjs', 'order'], { expected: { stdout: `${stdout}pass\n` } })
})

/** A reader that reads nothing before the pipe is full, and then little by little. */
async function readSlowly(program) {
  program.output.pause()
  await program.complains('full\n')
  program.output.on('data', () => {
    program.output.pause()
    setImmediate(() => program.output.resume())
  })
  program.output.resume()
}

const throughPipe = { command: '/bin/sh' }
const pipeline = ['-c', '"$0" "$@" | cat', process.execPath]

for (const [channel, options, prefix] of [
  ['a socket', {}, []],
  ['a pipe', throughPipe, pipeline],
]) {
  test(`R12: a slow reader of ${channel} loses no line of 20,000`, async t => {
    const lines = Array.from({ length: 20_000 }, (_, line) => `${`0 ${line} `.padEnd(79, 'x')}.\n`)
    const expected = { stdout: `main\n${lines.join('')}pass\n`, stderr: 'full\n' }
    const args = [...prefix, 'output.mjs', 'flood', '1', '20000', '80']
    await ends(t, args, { ...options, expected }, readSlowly)
  })

  for (const length of [100, 10_000]) {
    test(`R12: lines of ${length} characters of three loops on ${channel} stay whole, each loop's in order`, async t => {
      t.timeout(PATIENCE)
      const count = Math.ceil(600_000 / length)
      const args = [...prefix, 'output.mjs', 'flood', '3', String(count), String(length)]
      const { stdout, stderr, code } = await attend(args, options, readSlowly)
      t.is(stderr, 'full\n')
      t.is(code, 0)
      const lines = stdout.split('\n')
      t.deepEqual([lines.shift(), lines.pop(), lines.pop()], ['main', '', 'pass'])
      const torn = lines.filter(line => !/^\d \d+ x+\.$/.test(line) || line.length !== length)
      t.deepEqual(torn.map(line => `${line.slice(0, 20)}… of ${line.length}`).slice(0, 5), [])
      const inOrder = Array.from({ length: count }, (_, number) => number)
      for (const loop of '012') {
        const numbers = lines.filter(line => line.startsWith(loop)).map(line => Number(line.split(' ')[1]))
        t.deepEqual(numbers, inOrder)
      }
    })
  }
}

test('R12: a reader that has gone neither ends nor blocks the loop', async t => {
  const args = ['-c', '"$0" "$@" | true', process.execPath, 'output.mjs', 'gone']
  await ends(t, args, { ...throughPipe, expected: { stdout: '', stderr: 'pass\n' } })
})

test('R12: a pending awaiting door holds the process', async t => {
  await ends(t, ['output.mjs', 'pending'], { expected: { stdout: 'got\nexit\n' } })
})
