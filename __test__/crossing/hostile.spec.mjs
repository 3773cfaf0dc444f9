// Values that resist being looked at, wherever a value can be: every wait ends with a value or an error, the thread lives,
// and everything else arrives.

import test from 'ava'
import { AsyncRunner, Future, Queue, Server, taskModule } from 'threaded-async'
import * as here from './hostile-values.mjs'

const { hostile } = here
const names = Object.keys(hostile)
const tasks = taskModule(new URL('./hostile-values.mjs', import.meta.url))
const timeout = 20_000

/** How a call ends: a value, or an error that is no timeout. */
function outcome(t, call, name) {
  try {
    return ['value', call()]
  } catch (error) {
    t.not(error?.code, 'ERR_EVENT_LOOP_TIMEOUT', name)
    return ['error', error]
  }
}

function close(runner) {
  try {
    runner.close()
  } catch (group) {
    return group.exceptions.length
  }
  return 0
}

function lives(t, runner, name) {
  t.is(
    runner.run(() => 'alive', [], { timeout }),
    'alive',
    name,
  )
}

test('as an argument', t => {
  const runner = new AsyncRunner()
  for (const name of names) {
    outcome(t, () => runner.run(tasks.echo, [hostile[name]()], { timeout }), name)
    outcome(t, () => runner.run(tasks.echo, [{ in: [hostile[name]()] }], { timeout }), name)
    lives(t, runner, name)
  }
  t.is(runner.statistics().tasksRunning, 0)
  runner.close()
})

for (const verb of ['produce', 'produceLater', 'toss', 'tossLater']) {
  test(`as what a task ends with: ${verb}`, t => {
    for (const debug of [false, true]) {
      const runner = new AsyncRunner({ debug })
      for (const name of names) {
        const task = runner.createTask(tasks[verb], [name])
        const [kind] = outcome(t, () => task.wait({ timeout }), name)
        if (verb.startsWith('toss')) t.is(kind, 'error', name)
        t.true(task.done(), name)
        t.false(task.cancelled(), name)
        lives(t, runner, name)
      }
      t.is(runner.statistics().tasksRunning, 0)
      t.is(close(runner), 0)
    }
  })
}

test('as an error that no task has caught', t => {
  const runner = new AsyncRunner()
  for (const name of names) {
    outcome(t, () => runner.run(tasks.tossAside, [name], { timeout }), name)
    lives(t, runner, name)
  }
  runner.waitForNextEventloopIteration({ timeout })
  t.true(close(runner) >= names.length)
})

test('as a field of the options', t => {
  const runner = new AsyncRunner()
  for (const name of names) {
    for (const option of ['timeout', 'signal', 'name', 'transfer']) {
      outcome(t, () => runner.createTask(tasks.echo, [1], { [option]: hostile[name]() }).cancel(), name)
    }
  }
  lives(t, runner)
  close(runner)
  t.pass()
})

test('as an item, alone and among others', async t => {
  for (const name of names) {
    const queue = new Queue()
    const [put] = outcome(t, () => queue.putNowait(hostile[name]()), name)
    t.is(queue.qsize(), put === 'value' ? 1 : 0, name)
    if (put === 'value') outcome(t, () => queue.getNowait(), name)
    const [many] = outcome(t, () => queue.putManyWait([1, hostile[name](), 3]), name)
    t.is(queue.qsize(), many === 'value' ? 3 : 0, name)
    if (many === 'error') continue
    const items = [...queue.getManyWait(1), ...(await queue.getMany(9)), ...queue.clear()]
    t.deepEqual([items.length, items[0], items[2]], [3, 1, 3], name)
  }
})

test('as what a future is settled with', async t => {
  for (const name of names) {
    for (const verb of ['setResult', 'setException']) {
      const future = new Future()
      const [settled] = outcome(t, () => future[verb](hostile[name]()), name)
      t.is(future.done(), settled === 'value', name)
      if (settled === 'error') future.setResult(1)
      outcome(t, () => future.resultWait({ timeout }), name)
      await future.result({ timeout }).catch(() => {})
    }
  }
})

test('as an argument of a client’s call', t => {
  const server = new Server({ handlers: { take: value => typeof value } })
  const client = server.createClient()
  for (const name of names) {
    const task = server.createBackgroundTask(tasks.callWith, [client, name], { timeout })
    const [kind] = server.processUntil(task, { timeout })
    t.true(kind === 'value' || kind === 'error')
  }
  t.is(close(server), 0)
})

const answers = {
  returns: name => () => hostile[name](),
  throws: name => () => here.toss(name),
  'resolves with': name => async () => ({ value: hostile[name]() }),
  'rejects with': name => () => Promise.reject(hostile[name]()),
}

for (const title of ['returns', 'throws']) {
  test(`as what a handler ${title}`, t => {
    const handlers = { fine: () => 1, bad: undefined }
    const server = new Server({ handlers })
    const client = server.createClient()
    for (const name of names) {
      if (title === 'returns' && /then|promise/.test(name)) continue // They are answered on this thread’s loop, below.
      handlers.bad = answers[title](name)
      const task = server.createBackgroundTask(tasks.ask, [client, 'fine', 'bad', 'fine'], { timeout })
      const [first, bad, last] = server.processUntil(task, { timeout })
      t.deepEqual([first, last], ['fulfilled', 'fulfilled'], name)
      if (title === 'throws') t.is(bad, 'rejected', name)
    }
    t.is(close(server), 0)
  })
}

for (const [title, answer] of Object.entries(answers)) {
  test(`as what a handler of awaited requests ${title}`, async t => {
    const server = new Server()
    const client = server.createClient()
    for (const name of names) {
      const task = server.createBackgroundTask(tasks.ask, [client, 'fine', 'bad', 'fine'], { timeout })
      let left = 3
      for await (const [{ fun }, future] of server.requests()) {
        try {
          future.setResult(fun === 'fine' ? 1 : await answer(name)())
        } catch (error) {
          outcome(t, () => future.setException(error), name)
          if (!future.done()) future.setException(new Error('stands for it'))
        }
        if (--left === 0) break
      }
      const [first, , last] = await task.result({ timeout })
      t.deepEqual([first, last], ['fulfilled', 'fulfilled'], name)
    }
    t.is(close(server), 0)
  })
}
