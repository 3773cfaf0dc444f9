// What stays: of functions, of evaluations of the package, of runners and of waits, after many of them.
//
// Promises that what is counted is flat. Each is a program of its own, as what it counts belongs to the whole process;
// how much memory that is, is looked at with generous bounds only.

import test from 'ava'
import { ends, passes, stress } from '../support/program.mjs'

const patient = { deadline: 300_000 * stress }

for (const how of ['inline', 'module', 'used', 'late', 'reentrant']) {
  test(`S11: the sources of functions do not pile up: ${how}`, async t => {
    await ends(t, ['--expose-gc', 'growth-texts.mjs', how, String(22_000 * stress)], patient)
  })
}

for (const how of ['cache', 'query', 'wrapper', 'loop']) {
  test(`S11: the package, evaluated 300 times on a thread, listens and opens once: ${how}`, async t => {
    await ends(t, ['growth-evaluations.mjs', how, '300'], patient)
  })
}

for (const how of ['realm', 'bare', 'loopRealm']) {
  test(`S11, H4: copies of the package in other realms of a thread work, and leave nothing: ${how}`, async t => {
    await ends(t, ['--expose-gc', 'growth-evaluations.mjs', how, String(60 * stress)], patient)
  })
}

const ended = [
  'unused',
  'run',
  'awaited',
  'queue',
  'primitives',
  'current',
  'unreferenced',
  'finished',
  'timeout',
  'timeoutLater',
  'cancelled',
  'late',
]
for (const how of ended) {
  test(`S12: a runner that nobody holds, and that has nothing to do, ends: ${how}`, async t => {
    await ends(t, ['--expose-gc', 'let-go.mjs', 'ended', how], patient)
  })
}

const primitives = ['queue', 'event', 'future', 'task', 'transit', 'transitQueue', 'loop', 'loopQueue']
const doings = ['timer', 'net', 'floating', 'running', 'blocking']
for (const how of [...primitives, ...doings]) {
  test(`S12: a runner does not end while somebody holds something of it, or it has something to do: ${how}`, async t => {
    await ends(t, ['--expose-gc', 'let-go.mjs', 'held', how], patient)
  })
}

test('S12: a runner that only another loop holds comes back and works', async t => {
  await ends(t, ['--expose-gc', 'let-go.mjs', 'back'], patient)
})

test('S12: tasks of runners that nobody holds run to their end', async t => {
  await ends(t, ['--expose-gc', 'let-go.mjs', 'busy'], patient)
})

const lost = name =>
  new RegExp(
    `runner '${name}' is ended.*\\n.*task 'failing' of runner '${name}' has failed, .*:\\nRangeError: unseen\\n`,
  )

test('S12: a task that was cancelled does not keep its runner, once its cleanup waits for nothing that could come', async t => {
  await ends(t, ['--expose-gc', 'let-go.mjs', 'cleanup'], patient)
})

test('S12: errors of a runner that nobody holds are printed when it ends; with debug, its end is', async t => {
  await ends(t, ['--expose-gc', 'let-go.mjs', 'failed'], { ...patient, expected: { stderr: lost('quiet'), code: 1 } })
})

for (const code of [0, 5]) {
  test(`S12, S13: a program keeps the exit code that it has set, whatever loops have printed: ${code}`, async t => {
    const expected = { stderr: lost('quiet'), code }
    await ends(t, ['--expose-gc', 'let-go.mjs', 'failed', String(code)], { ...patient, expected })
  })
}

test('S12, S13: errors of a runner that a task has let go of make the exit code 1, too', async t => {
  await ends(t, ['--expose-gc', 'let-go.mjs', 'nested'], { ...patient, expected: { stderr: lost('inner'), code: 1 } })
})

test("S12, S13: on a worker of the program's own they make that thread's exit code 1", async t => {
  const stdout = 'pass\npass\n'
  await ends(t, ['--expose-gc', 'let-go.mjs', 'worker'], { ...patient, expected: { stderr: lost('quiet'), stdout } })
})

const linux = process.platform === 'linux' ? test : test.skip
for (const how of ['closed', 'awaited', 'forced', 'died', 'unclosed', 'refused']) {
  linux(`S10, S12: many runners leave nothing in the core, no listener and no thread: ${how}`, async t => {
    const [line] = await passes(t, ['--expose-gc', 'growth-runners.mjs', how, String(100 * stress)], patient)
    t.log(line)
  })
}
