// Programs in which a loop ends by itself, by `process.exit`, an error or for want of memory, and most of them never ask.
//
// Promises to cover X11: that such an end is an error like that of a task. Each is a program of its own with a deadline; its
// output is compared whole, but for stacks.

import test from 'ava'
import { attend } from '../support/program.mjs'

/** Runs one of the programs, and compares how it ends. `stderr`: what its lines begin with, without those of stacks. */
async function shows(t, how, { code = 0, stdout = '', stderr = [] } = {}) {
  t.timeout(600_000)
  const result = await attend(['died.mjs', how], {})
  t.deepEqual([result.code, result.signal, result.isLate, result.stdout], [code, null, false, stdout], result.stderr)
  const lines = result.stderr.split('\n').filter(line => /^(threaded-async:|Runner | {2}\d+\. |\w*Error)/.test(line))
  t.is(lines.length, stderr.length, result.stderr)
  stderr.forEach((pattern, at) => t.regex(lines[at], pattern, result.stderr))
  return result
}

const end = /^threaded-async: the process ends, and nobody has asked for these errors/
const sentence = (how, what = "Task 'fatal'", name = 'mine') =>
  `Runner '${name}' has died: RunnerDiedError: ${what} failed: the thread of runner '${name}' ${how}.`
const exited = 'has ended by itself with exit code 5'
const first = text => new RegExp(`^  1\\. ${text}(\\] {)?$`)
const atEnd = [end, first(sentence(exited))]

for (const [how, { code = 1, died = sentence(exited) }] of Object.entries({
  natural: {},
  'exit code 0': { died: sentence('has ended by itself with exit code 0') },
  'process.exit(3)': { code: 3 },
  'exitCode 0': { code: 0 },
  'out of memory': { died: sentence('has run out of memory') },
  'in a timer': { died: sentence(exited, 'The loop') },
  'in a handler of errors': { died: sentence('has ended by itself') },
  'with failFast': {},
  'several tasks': { died: sentence(exited, "Tasks 'task 1', 'task 2', 'task 3', 'task 4', …") },
  'before it is up': { died: sentence('has ended by itself', 'The loop') },
  'a server': {},
})) {
  test(`X11: at the end the death of a loop that nobody has asked for is printed: ${how}`, async t => {
    await shows(t, how, { code, stderr: [end, first(died)] })
  })
}

test('X11: it stands beside the errors of tasks, each runner in its group', async t => {
  const both = [
    /^ {2}1\. Task 'fails' failed: RangeError: unheard$/,
    /^ {2}2\. Runner 'mine' has died: RunnerDiedError/,
  ]
  const { stderr } = await shows(t, 'beside a failed task', { code: 1, stderr: [end, ...both] })
  t.regex(stderr, /1 task of runner 'mine' failed, and the loop of runner 'mine' has died\./)
  const [one, two] = ['one', 'two'].map(name => first(sentence(exited, "Task 'fatal'", name)))
  await shows(t, 'of two', { code: 1, stderr: [end, one, end, two] })
})

test("X11: on a worker of the program's own it is printed at that thread's end", async t => {
  const stderr = [/^threaded-async: this worker thread ends/, first(sentence(exited))]
  await shows(t, 'in a worker', { stdout: 'worker 1\n', stderr })
})

for (const [how, what] of Object.entries({
  blocked: /^threaded-async: the main thread has been blocked for a second in getWait, waiting for a queue\./,
  awaited: /^threaded-async: the main thread has awaited waitAsync for a second, waiting for an event\./,
})) {
  test(`X11: a thread that has waited for a second tells of it: ${how}`, async t => {
    await shows(t, how, { code: 1, stderr: [what, /^Runner 'mine' has died: \[?RunnerDiedError/, ...atEnd] })
  })
}

const message = `Task 'fatal' failed: the thread of runner 'mine' ${exited}.`
const inGroup =
  "  1. Runner 'inner' has died: RunnerDiedError: Task 'fatal' failed: the thread of runner 'inner' " + exited
for (const [how, stdout] of Object.entries({
  close: `ERR_RUNNER_DIED 5 ${message}\n`,
  closeAsync: `ERR_RUNNER_DIED 5 ${message}\n`,
  'closed in exit': `ERR_RUNNER_DIED 5 ${message}\n`,
  'close out of memory': 'ERR_WORKER_OUT_OF_MEMORY\n',
  'close beside a failed task':
    "1 task of runner 'mine' failed, and the loop of runner 'mine' has died.\n" +
    `  1. Task 'fails' failed: RangeError: unheard\n  2. ${sentence(exited)}\n`,
  'pool, replaced': `goes on\nERR_RUNNER_DIED 5 ${message.replace('mine', 'pool-1')}\n`,
  'made in a task': `The loop of runner 'inner' has died.\n${inGroup}.\n`,
})) {
  test(`X11: the close throws it, once: ${how}`, async t => {
    await shows(t, how, { stdout })
  })
}

test('X11: a loop that has died is not stopped by force, however soon somebody who was told closes it', async t => {
  await shows(t, 'closed at once')
})

const told = 'ERR_RUNNER_DIED 5\n'
for (const [how, stdout] of Object.entries({
  'seen by wait': told,
  'seen by result': told,
  'seen by another wait': told,
  'seen by an await': told,
  'seen by a poll': told,
  'seen by a call': told,
  'seen by createTask': told,
  'seen by the hook': told,
  'seen by the hook at the end': told,
  'seen by use': told,
  'seen in a task of another': 'ERR_RUNNER_DIED\n',
  'made in a task, told': `${told}outer\n`,
  restart: `${told}1\n`,
})) {
  test(`X11: nothing more is told of what somebody has seen: ${how}`, async t => {
    await shows(t, how, { stdout })
  })
}

const left =
  "Task 'mine.leave' left an error behind, which nothing caught, in a timer, a callback or a promise: RangeError: unheard"

test('X3, Y5: errors that a loop has left which was replaced are printed at the end, as those of any loop', async t => {
  await shows(t, 'restart, left behind', { code: 1, stdout: '1\n', stderr: [end, first(left)] })
})

test('X3, Y5: the end of the module throws errors that a loop has left which was replaced', async t => {
  const group = `1 error was left behind on the loop of runner 'mine'.\n  1. ${left}\n`
  await shows(t, 'restart, left behind, disposed', { stdout: `1\n${group}` })
})

test('X3, Y5: nothing is told of what onTaskError, or a call, was told by then', async t => {
  await shows(t, 'restart, told', { stdout: 'told unheard\n1\n' })
})

test('X8, Y5: with failFast they end no call on the new loop', async t => {
  await shows(t, 'restart with failFast', { stdout: '1\n1\nERR_EXCEPTION_GROUP\n' })
})

test('X11: where onTaskError throws, the death counts as unseen', async t => {
  await shows(t, 'hook that throws', { code: 1, stdout: 'from the hook\n', stderr: atEnd })
})

for (const [how, stdout] of Object.entries({
  'end of the process': '',
  'stopped by force': '',
  'with its maker': '',
  'with its maker, starting': '',
  'with its maker, which exits': told,
  'with a worker': 'worker 1\n',
})) {
  test(`X11: a loop that is ended is no failure: ${how}`, async t => {
    await shows(t, how, { stdout })
  })
}
