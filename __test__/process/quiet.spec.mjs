// Programs in which something goes wrong and nobody asks: what they print, and how they end.
//
// Promises to cover X9, S13, X7 at the end of a process, X10, and what keeps a process alive. Each is a program of its own
// with a deadline; its output is compared whole, but for stacks.

import test from 'ava'
import { attend } from '../support/program.mjs'

/**
 * Runs one of the programs, and compares how it ends. `stderr`: what its lines begin with, without those of stacks; or
 * `either`, where the version of Node decides.
 */
async function shows(t, how, { code = 0, stdout = '', stderr = [], either = [stderr] } = {}) {
  t.timeout(600_000)
  const result = await attend(['quiet.mjs', how], {})
  t.deepEqual([result.code, result.signal, result.isLate, result.stdout], [code, null, false, stdout], result.stderr)
  const lines = result.stderr
    .split('\n')
    .filter(line => /^(threaded-async:|Task |Code on| {2}\d+\. |\w*Error)/.test(line))
  const fits = patterns => patterns.length === lines.length && patterns.every((pattern, at) => pattern.test(lines[at]))
  t.true(either.some(fits), result.stderr)
  return result
}

const failed = /^Task 'task unheard' of runner 'mine' failed: RangeError: unheard$/
const blocked = what =>
  new RegExp(`^threaded-async: .* has been blocked for a second in .*, waiting for ${what}\\. .*error:$`)
const end = /^threaded-async: the process ends, and nobody has asked for these errors/
const inGroup = /^ {2}1\. Task 'task unheard' failed: RangeError: unheard/
/** These programs end without closing, so that the end prints again what was told while they blocked. */
const atEnd = [end, inGroup]

for (const [how, what] of Object.entries({
  get: 'a queue',
  'get without a runner': 'a queue',
  event: 'an event',
  future: 'a future',
  put: 'a queue',
  iterate: 'a queue',
  'short timeouts': 'a queue',
  'during the wait': 'a queue',
  'only once': 'a queue',
  'sleep blocking': 'its time to pass',
  'map of a pool': "tasks of pool 'workers'",
  'get by name': "queue 'pages'",
  'process until': "requests to server '.*'",
  'process again and again': "requests to server '.*'",
})) {
  test(`X9: a thread that has been blocked for a second tells of the error nobody has asked for, once: ${how}`, async t => {
    const { stderr } = await shows(t, how, { code: 1, stderr: [blocked(what), failed, ...atEnd] })
    t.regex(stderr, /^threaded-async: the main thread has been blocked .* in (\w+Wait|wait|process\w*), /)
    // Where it was thrown, and where this thread waits.
    t.regex(stderr, /quiet\.mjs:\d+[^]*at \[the waiting thread waits in \w+\][^]*quiet\.mjs:\d+/)
  })
}

const awaited = what =>
  new RegExp(`^threaded-async: the main thread has awaited .* for a second, waiting for ${what}\\. .*error:$`)

for (const [how, what] of Object.entries({
  'await get': "queue 'pages'",
  'for await': "queue 'pages'",
  'await put': 'a queue',
  'await an event': "event 'ready'",
  'await a future': 'a future',
  'await select': 'one of several things',
  'await serve': "requests to server 'mine'",
  'await begun late': 'a queue',
  'await held up': "queue 'pages'",
})) {
  test(`X9: a thread that has awaited something for a second tells of the error, too: ${how}`, async t => {
    const { stderr } = await shows(t, how, { code: 1, stderr: [awaited(what), failed, ...atEnd] })
    t.notRegex(stderr, /threaded-async\.cjs/)
  })
}

test('X9: a loop whose task awaits in vain tells of the error, though the main thread blocks for that task', async t => {
  const of = /^threaded-async: the loop of runner 'mine' has awaited get for a second, waiting for a queue\. .*error:$/
  await shows(t, 'a pipeline', { code: 1, stderr: [of, failed, ...atEnd] })
})

for (const how of ['await a result', 'await something of another runner', 'await what was asked for']) {
  test(`X9: nothing is told while a thread awaits something else: ${how}`, async t => {
    await shows(t, how, how === 'await what was asked for' ? {} : { code: 1, stderr: atEnd })
  })
}

test('X9: each of several errors is told', async t => {
  const stderr = ['one', 'two', 'three'].flatMap(name => [
    blocked('a queue'),
    new RegExp(`^Task 'task ${name}' of runner 'mine' failed: RangeError: ${name}$`),
  ])
  const group = ['one', 'two', 'three'].map(
    (name, index) => new RegExp(`^ {2}${index + 1}\\. Task 'task ${name}' failed`),
  )
  await shows(t, 'several', { code: 1, stderr: [...stderr, end, ...group] })
})

test('X9: an error that a task left behind is called that', async t => {
  const left = /^Task 'careless' of runner 'mine' left an error behind, .*: RangeError: unheard$/
  await shows(t, 'left behind', {
    code: 1,
    stderr: [blocked('a queue'), left, end, /1\. Task 'careless' left an error/],
  })
})

test('X9: a loop that blocks for something of another runner tells of it', async t => {
  const { stderr } = await shows(t, 'in another thread', {
    code: 1,
    stderr: [blocked('a queue'), failed, ...atEnd],
  })
  t.regex(stderr, /^threaded-async: the loop of runner 'other' has been blocked/)
  t.regex(stderr, /runner 'other' waits in getWait/)
})

const byMain = /^threaded-async: the main thread has been blocked for a second in getWait, waiting for a queue\./
for (const [how, told] of Object.entries({
  'a queue of nobody, in a task of the same loop':
    /^threaded-async: the loop of runner 'mine' has been blocked for a second in getWait, waiting for a queue\./,
  'a queue of nobody, in a task of another loop':
    /^threaded-async: the loop of runner 'other' has awaited get for a second, waiting for a queue\./,
  'a queue of nobody, which a runner made in a task serves': byMain,
  'a queue of the runner in whose task the runner was made': byMain,
})) {
  test(`X9: a thread tells of errors of other runners that may be why it waits: ${how}`, async t => {
    await shows(t, how, { code: 1, stderr: [told, failed, ...atEnd] })
  })
}

for (const how of ['a task', 'of another runner']) {
  test(`X9: nothing is told while a thread blocks for something else: ${how}`, async t => {
    await shows(t, how, { code: 1, stderr: atEnd })
  })
}

test('X9: nothing is told of an error that was retrieved meanwhile', async t => {
  await shows(t, 'retrieved meanwhile')
})

test('X9: nothing is told, and nothing printed at the end, of what onTaskError was told', async t => {
  await shows(t, 'told by the hook', { stdout: 'unheard\n' })
})

test('X9: where onTaskError throws, the error is told and what it threw is uncaught', async t => {
  await shows(t, 'hook that throws', {
    code: 1,
    stdout: 'from the hook\n',
    stderr: [blocked('a queue'), failed, ...atEnd],
  })
})

// --- the end of the process

for (const [how, code] of Object.entries({
  natural: 1,
  'process.exit': 0,
  'process.exit without a code': 0,
  'process.exit(3)': 3,
  'exitCode 5': 5,
  'exitCode 0': 0,
  'work after beforeExit': 0,
  'process.exit(8) at the exit': 8,
  'process.exit() at the exit': 0,
})) {
  test(`S13: at the end errors nobody has asked for are printed, and the exit code is ${code}: ${how}`, async t => {
    const { stderr } = await shows(t, how, { code, stderr: atEnd })
    t.regex(stderr, /RangeError: unheard\n +at broken \(.*quiet\.mjs:\d+/)
  })
}

test('S13: each runner has its group', async t => {
  const stderr = [end, /ExceptionGroup|1\. Task/, end, /ExceptionGroup|1\. Task/]
  const { stderr: text } = await shows(t, 'of two', { code: 1, stderr })
  t.regex(text, /1 task of runner 'one' failed\.[^]*1 task of runner 'two' failed\./)
})

for (const [how, stdout] of Object.entries({
  'closed in beforeExit': '1\n',
  'closed in exit': '1\n',
  'asked in exit': 'unheard\n',
  nothing: '',
  'hook at the end': 'told unheard\n',
})) {
  test(`S13: nothing is printed where the program has asked by then: ${how}`, async t => {
    await shows(t, how, { stdout })
  })
}

test("S13: the program's own listeners come first, and are told the code that they would be told", async t => {
  await shows(t, 'listener that was there before', { code: 1, stdout: 'exit 0\n', stderr: atEnd })
})

test("S13: an uncaught error of the program's own keeps its code", async t => {
  const { stderr } = await shows(t, 'uncaught error', { code: 1, stderr: [end, inGroup, /^Error: of main/] }).catch(
    () => ({
      stderr: '',
    }),
  )
  t.truthy(stderr)
})

test('S13: what waits throw that the end of the process has ended is not printed', async t => {
  await shows(t, 'waits the end has ended')
})

const workerEnd = /^threaded-async: this worker thread ends, and nobody has asked for these errors/
for (const [how, code] of Object.entries({ 'in a worker': 1, 'process.exit in a worker': 0 })) {
  test(`S13: on a worker of the program's own it happens at that thread's end: ${how}`, async t => {
    await shows(t, how, { stdout: `worker ${code}\n`, stderr: [workerEnd, inGroup] })
  })
}

for (const [how, code] of Object.entries({ '': 1, ', process.exit': 0 })) {
  test(`S13: errors of a runner that was made in a task are printed, too, where nobody closes${how}`, async t => {
    await shows(t, `made in a task, not closed${how}`, { code, stderr: atEnd })
  })
}

test('S13: errors of a runner that was made in a task go to the runner of that task', async t => {
  const group = "1 task of runner 'outer' failed.\n  1. Task 'unasked' of runner 'inner' failed: RangeError: unheard\n"
  await shows(t, 'made in a task', { stdout: group })
  await shows(t, 'made in a task, told', { stdout: 'told unheard\n' })
})

test('X7: what onTaskError throws at the end is printed, and so is what it was told', async t => {
  const hook = /^threaded-async: onTaskError has thrown: TypeError: from the hook/
  const unseen = [end, /1\. Task 'broken' failed/]
  // Node 26 turns its loop once more, where what a hook throws is an uncaught exception.
  const either = [
    [hook, ...unseen],
    [...unseen, /^TypeError: from the hook/],
  ]
  await shows(t, 'hook that throws at the end', { code: 1, either })
})

test('X7: where onTaskError throws at the end, the exit code becomes 1, whatever it was told of', async t => {
  const either = [[/^threaded-async: onTaskError has thrown: TypeError: from the hook/], [/^TypeError: from the hook/]]
  await shows(t, 'run given up, whose hook throws at the end', { code: 1, either })
})

test('T6: what a task throws whose run has timed out is printed at the end, and is no failure', async t => {
  const given =
    /^threaded-async: Task 'fails' of runner 'mine' failed after its caller had stopped waiting for it: RangeError/
  const thrown = /^RangeError: unheard/
  // Node 26 turns its loop once more: there it is a warning, as at any other time.
  await shows(t, 'run given up, at the end', { either: [[given, thrown], [thrown]] })
})

// --- what keeps a process alive

test('R12: with debug, tasks that still run when the process ends are named', async t => {
  const named =
    /^threaded-async: the end comes while runner 'mine' still runs tasks '(one', 'two|two', 'one)'\. An open runner /
  await shows(t, 'busy, debug', { stderr: [named] })
})

for (const [how, stdout] of Object.entries({
  'ref and unref': 'background work finished\n',
  'ref, then closed': 'closed\n',
  'ref of a server': 'finished\n',
  'ref elsewhere': 'ERR_INVALID_STATE\n',
})) {
  test(`R12: ref keeps the process alive until unref or the close: ${how}`, async t => {
    await shows(t, how, { stdout })
  })
}

// --- out of memory

for (const how of ['main blocks', 'main awaits']) {
  const linux = process.platform === 'win32' ? test.skip : test
  linux(
    `X10: a loop out of memory is said to be, with its limit, whenever one asks, and onTaskError is told: ${how}`,
    async t => {
      const stdout = 'ERR_RUNNER_DIED ERR_WORKER_OUT_OF_MEMORY true 1\n1 greedy full\n'
      await shows(t, `out of memory, ${how}`, { stdout })
    },
  )
}
