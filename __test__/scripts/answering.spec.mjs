// Who answers a sandboxed script makes no difference to it.
//
// Promises that answers, and errors, cost a script the same steps whichever thread gives them, by which door, and whatever that
// thread has sent before.

import { join } from 'node:path'
import test from 'ava'
import { AsyncRunner, Queue, taskModule } from 'threaded-async'
import { answers, processing, serve, stepsOf, writeOthers } from '../support/answers.mjs'
import { programs, run } from '../support/program.mjs'
import { closedAfter } from '../support/runner-fixture.mjs'
import { serverFor } from '../support/server-fixture.mjs'

const tasks = taskModule(new URL('../support/answers.mjs', import.meta.url))
const patience = { timeout: 60_000 }

/** The steps of a script in a process that has done nothing else. */
let expected

test.before(async () => {
  const { stdout } = await run([join(programs, 'script-steps.mjs')])
  expected = Number(stdout)
})

test('B2: the main thread writes the same answers after a thousand other shapes', t => {
  const server = serverFor(t, { handlers: answers })
  t.true(expected > 1e5)
  t.is(stepsOf(server, processing(server)), expected)
  writeOthers(new Queue(), 1000)
  t.is(stepsOf(server, processing(server)), expected)
})

test('B2: a live loop writes the same answers, also those of promises', async t => {
  const later =
    name =>
    async (...args) =>
      answers[name](...args)
  const handlers = Object.fromEntries(Object.keys(answers).map(name => [name, later(name)]))
  const server = serverFor(t, { handlers })
  const serving = server.serve()
  t.is(await stepsOf(server, script => script.result(patience)), expected)
  await server.closeAsync()
  await serving
})

for (const count of [0, 1000]) {
  test(`B2: another thread, which has sent ${count} other shapes, writes the same answers`, t => {
    const [server, other] = [serverFor(t), closedAfter(t, new AsyncRunner())]
    other.createTask(tasks.serve, [server, new Queue(), count])
    t.is(
      stepsOf(server, script => script.wait(patience)),
      expected,
    )
  })

  test(`B2: a task of the server's own loop, which has sent ${count} other shapes, writes the same answers`, t => {
    const server = serverFor(t)
    server.createTask(tasks.serve, [server, new Queue(), count])
    t.is(
      stepsOf(server, script => script.wait(patience)),
      expected,
    )
  })

  test(`B2: a thread that was handed the futures, and has sent ${count} other shapes, writes the same answers`, t => {
    const [server, other] = [serverFor(t), closedAfter(t, new AsyncRunner())]
    other.run(tasks.writeOthers, [new Queue(), count], patience)
    server.handleRequest = ({ fun, args }, future) => other.run(tasks.answer, [{ fun, args }, future], patience)
    t.is(
      stepsOf(server, script => server.processUntil(script, patience)),
      expected,
    )
  })
}

test('B2: futures that are settled by hand on the main thread give the same answers', async t => {
  const server = serverFor(t)
  const serving = serve(server, new Queue(), 100)
  t.is(await stepsOf(server, script => script.result(patience)), expected)
  await server.closeAsync()
  await serving
})
