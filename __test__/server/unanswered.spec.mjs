// Waits that took too long, and lives that were too short, because scripts waited for the program of their server.
//
// Promises that the message says so: which call waits to be handled, which was taken and not answered, and that nobody has
// moved the clock; and that it says nothing of it where that is not what was waited for. What a thread that blocks without a
// timeout is told stands in `process/unheard.mjs`.

import ava from 'ava'
import { Event, Queue, select, selectWait, sleep } from 'threaded-async'
import { runnerFor } from '../support/runner-fixture.mjs'
import { KeepingServer, serverFor } from '../support/server-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const short = { timeout: 20 }
const handlers = { look: () => 1 }
const byThis = 'to be handled by this thread, in process(), processUntil() or serve()'
const clock = "for the server's clock, which only tick() and advance() move"

const look = async client => void (await client.look())

/** A loop may not have come round since its last turn: that is told, too, and is no matter of these tests. */
const held =
  / ?Its loop is (held by|blocked: [^.]*?) (one of the tasks|task) .*?'\.( It has not come round for \d+ ms\.)?(?= |$)/

/** The end of the message of a wait that took too long, behind the first sentence. */
async function told(t, wait) {
  const error = await t.throwsAsync(async () => void (await wait()), { code: 'ERR_EVENT_LOOP_TIMEOUT' })
  const end = error.message.replace(/^.*? ms(: .*?|)( and was cancelled|)\.( |$)/, '')
  return end.replace(held, '').trimStart()
}

/** A task or a script of a server whose loop has come to rest: whatever it asks was asked. */
function resting(server, make) {
  const task = make(server)
  server.settle()
  return task
}

const makers = {
  task: server => server.createTask(look, [server.createClient()]),
  script: server => server.createScript('await host.look()'),
}

for (const [kind, make] of Object.entries(makers)) {
  test(`X12: a wait for a ${kind} that took too long names its call that waits to be handled`, async t => {
    const server = serverFor(t, { handlers })
    const task = resting(server, make)
    const expected = `The call 'look' waits ${byThis}.`
    t.is(await told(t, () => task.wait(short)), expected)
    t.is(await told(t, () => task.result(short)), expected)
    t.is(await told(t, () => selectWait([new Event().waitOp(), task.resultOp()], short)), expected)
    t.is(await told(t, () => select([task.resultOp()], short)), expected)
    t.is(server.processUntil(task), undefined) // It was only told of.
  })

  test(`X12: processUntil that took too long names the call of a ${kind} that was taken and not answered`, async t => {
    const server = serverFor(t, {}, KeepingServer)
    const task = resting(server, make)
    t.is(await told(t, () => server.processUntil(task, short)), "The call 'look' was taken and not answered yet.")
    t.is(await told(t, () => task.wait(short)), "The call 'look' was taken and not answered yet.")
    server.last.setResult(1)
    t.is(server.processUntil(task), undefined)
  })
}

test('X12: all calls of a task are counted, also where there is no name to tell', async t => {
  const server = serverFor(t, { handlers })
  const asks = async (client, ...names) => void (await Promise.all(names.map(name => client.execute(name))))
  const [long, wide] = ['x'.repeat(50), 'больше']
  const message = async (...names) => {
    const task = resting(server, () => server.createTask(asks, [server.createClient(), ...names]))
    return told(t, () => task.wait(short))
  }
  t.is(await message('look', 'see', 'look'), `The call 'look' (and 2 more) waits ${byThis}.`)
  t.is(await message(long), `A call waits ${byThis}.`)
  t.is(await message(wide, 'look'), `2 calls wait ${byThis}.`)
})

test('X12: a call whose future is gone is told of, too', async t => {
  class Careless extends KeepingServer {
    handleRequest() {}
  }
  const server = serverFor(t, {}, Careless)
  const task = resting(server, makers.task)
  server.process()
  t.regex(await told(t, () => task.wait(short)), /^(The call 'look'|A call) was taken and not answered yet\.$/)
})

test('X12: a wait that took too long says that the clock is not moved', async t => {
  const server = serverFor(t, { handlers })
  const scripts = {
    'A script waits': [server => server.createScript('await host.nextTick()')],
    'Scripts wait': [
      server => server.createTask(async client => void (await client.delay(2)), [server.createClient()]),
      server => server.createScript('await host.delay(1)'),
    ],
  }
  for (const [who, [make, other]] of Object.entries(scripts)) {
    const task = resting(server, make)
    if (other !== undefined) resting(server, other)
    t.is(await told(t, () => server.processUntil(task, short)), `${who} ${clock}.`)
    t.is(await told(t, () => task.wait(short)), `${who} ${clock}.`)
    server.advance()
    server.advance()
    t.is(task.wait(), undefined)
  }
})

test('X12: a wait for what a script would give says what the script waits for', async t => {
  const server = serverFor(t, { handlers })
  const queue = new Queue({ name: 'seen' })
  resting(server, () =>
    server.createTask(async (client, queue) => queue.putNowait(await client.look()), [server.createClient(), queue]),
  )
  t.is(await told(t, () => queue.getWait(short)), `The call 'look' waits ${byThis}.`)
  t.is(await told(t, () => queue.getWait({ timeout: 0 })), '') // It has waited for nothing.
  const future = server.createFuture()
  t.is(await told(t, () => future.resultWait(short)), `The call 'look' waits ${byThis}.`)
})

test('X12: on other threads, and where others may handle the call, the message says who can', async t => {
  const server = serverFor(t, { handlers })
  const task = resting(server, makers.task)
  const waits = async task => {
    const { message } = await task.result({ timeout: 20 }).catch(error => error)
    return message
  }
  const message = runnerFor(t).run(waits, [task])
  t.true(message.endsWith(`to be handled by the thread that made the server, in process(), processUntil() or serve().`))
  const other = serverFor(t, { handlers })
  const shared = resting(other, () =>
    other.createTask(async server => void (await server.createClient().look()), [other]),
  )
  t.regex(
    await told(t, () => shared.wait(short)),
    /The call 'look' waits to be handled by process\(\), processUntil\(\), serve\(\) or requests\(\)\.$/,
  )
})

test('X12: a call that serve() has taken needs the loop of the thread that blocks', async t => {
  const server = serverFor(t, { handlers })
  const serving = server.serve()
  const task = resting(server, makers.task)
  const hint = 'serve() and requests() go on only while the loop of this thread runs'
  t.is(await told(t, () => task.wait(short)), `A call was taken and not answered yet; ${hint}.`)
  t.is(await task.result(), undefined)
  await server.closeAsync()
  await serving
})

test('X12: a task whose lifetime was over says what it waited for then', async t => {
  const server = serverFor(t, { handlers })
  const by = 'to be handled by the thread that made the server, in process(), processUntil() or serve()'
  server.createTask(() => {}).wait() // It is up: what lives has the time for its call.
  const lives = { lifetime: 2000 }
  const task = server.createBackgroundTask(look, [server.createClient()], lives)
  t.is(await told(t, () => task.wait()), `The call 'look' waits ${by}.`)
  const script = server.createScript('await host.look()', lives)
  t.is(await told(t, () => script.wait()), `The call 'look' waits ${by}.`)
  t.is(
    await told(t, () => server.processUntil(server.createScript('await host.nextTick()', lives))),
    `A script waits ${clock}.`,
  )
})

test('X12: nothing is told that was not waited for', async t => {
  const server = serverFor(t, { handlers })
  resting(server, makers.task)
  const idle = server.createTask(() => sleep(60_000))
  t.is(await told(t, () => idle.wait(short)), '') // The call is another task's.
  const go = new Int32Array(new SharedArrayBuffer(4))
  const spins = go => {
    while (Atomics.load(go, 0) === 0);
  }
  const spinning = server.createTask(spins, [go])
  t.notRegex(await told(t, () => server.settle(short)), /call|clock/) // Rest needs no answer.
  Atomics.store(go, 0, 1)
  t.is(spinning.wait(), undefined)
  const runner = runnerFor(t)
  runner.run(() => {})
  t.is(await told(t, () => runner.createTask(() => sleep(60_000)).wait(short)), '')
})
