// Tasks on other machines, over NATS: hosts, callers, and what each is told of the other's end; with a real server.

import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { connect } from '@nats-io/transport-node'
import {
  CancelledError,
  Event,
  EventLoopTimeoutError,
  Queue,
  RunnerClosedError,
  RunnerDiedError,
  sleep,
  UncloneableError,
} from 'threaded-async'
import { NatsLink } from 'threaded-async/nats'
import { ends } from '../support/program.mjs'
import { NatsServer, withServer } from '../support/nats-server.mjs'
import { TaskError } from './host-tasks.mjs'

/** One after the other: some of them block this thread. */
const served = withServer(test.serial)
const LONG = { timeout: 60_000 }
const module = new URL('host-tasks.mjs', import.meta.url)
const server = NatsServer.shared(test)

/** A host and the tasks of a name of its own, on two links. */
function hosted(t, options, name = randomUUID()) {
  const host = server.link(t).work(name, module, options)
  return { name, host, tasks: server.link(t).tasks(name) }
}

/** A file, and what resolves once so many tasks have left a line in it. */
function begun(t) {
  const folder = mkdtempSync(join(tmpdir(), 'threaded-async-begun-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'lines')
  writeFileSync(file, '')
  const have = async count => {
    while (readFileSync(file, 'utf8').split('\n').length <= count) await sleep(10)
  }
  return { file, have }
}

const doors = {
  'run, which blocks': (tasks, ...rest) => tasks.run(...rest),
  'submit, awaited': async (tasks, fn, args, options) => tasks.submit(fn, args, options).result(),
  'submit, blocking': (tasks, fn, args, options) => tasks.submit(fn, args, options).wait(),
}

for (const [title, call] of Object.entries(doors)) {
  served(`${title}: what goes and comes is as it is among threads`, async t => {
    const { tasks } = hosted(t)
    t.is(await call(tasks, 'add', [1, 2], LONG), 3)
    t.is(await call(tasks, 'nothing'), undefined)
    const value = { map: new Map([[1, new Date(5)]]), bytes: Buffer.from('ü'), self: undefined }
    value.self = value
    t.deepEqual(await call(tasks, 'same', [value], LONG), value)
    t.is(await call(tasks, 'nameOfTask', [], LONG), 'nameOfTask')
  })

  served(`${title}: the error of a task arrives as errors of tasks do`, async t => {
    const { tasks } = hosted(t)
    const error = await t.throwsAsync(async () => call(tasks, 'fail', ['no'], LONG), { instanceOf: TaskError })
    t.is(error.message, 'no')
    t.is(error.code, 'E_TASK')
    t.is(error.level, 3)
    t.true(error.cause instanceof RangeError)
    t.regex(error.stack, /host-tasks\.mjs/)
  })

  served(`${title}: where there is no host it waits, and says so when its time is over`, async t => {
    const name = randomUUID()
    const own = server.link(t).tasks(name)
    const error = await t.throwsAsync(async () => call(own, 'add', [1, 2], { timeout: 200 }))
    t.true(error instanceof EventLoopTimeoutError)
    t.regex(error.message, /^'add' of '.*' timed out after 200 ms: (no host has taken it|there was no connection)/)
    const waiting = own.submit('add', [3, 4])
    server.link(t).work(name, module)
    t.is(await waiting.result(LONG), 7)
  })

  served(`${title}: a task whose time is over is cancelled at its host, which has room then`, async t => {
    const { tasks } = hosted(t, { concurrency: 1 })
    await tasks.submit('nothing').result(LONG)
    await t.throwsAsync(async () => call(tasks, 'hang', [], { timeout: 500 }), {
      instanceOf: EventLoopTimeoutError,
      message: /its host was told to cancel it/,
    })
    t.is(await call(tasks, 'add', [1, 2], LONG), 3)
  })

  served(`${title}: a signal cancels it, with its reason`, async t => {
    const { tasks } = hosted(t)
    const reason = new Error('before')
    await t.throwsAsync(async () => call(tasks, 'hang', [], { signal: AbortSignal.abort(reason) }))
  })

  served(`${title}: only what the module exports is called`, async t => {
    const { tasks } = hosted(t)
    for (const name of ['missing', 'notAFunction', 'default', 'then', '__proto__', 'toString', 'constructor', '']) {
      const error = await t.throwsAsync(async () => call(tasks, name, [], LONG))
      t.is(error.code, 'ERR_NATS_FUNCTION', name)
      t.true(error.message.includes(`'${name}'`))
    }
    t.is({}.polluted, undefined)
  })

  served(`${title}: what cannot leave a process is refused by its path, what is too large by name`, async t => {
    const { tasks } = hosted(t)
    const refused = [
      [[new Queue()], 'args[0]'],
      [[1, { stop: [new Event()] }], 'args[1].stop[0]'],
      [[() => {}], 'args[0]'],
    ]
    for (const [args, path] of refused) {
      const error = await t.throwsAsync(async () => call(tasks, 'same', args), { instanceOf: UncloneableError })
      t.is(error.path, path)
    }
    const result = await t.throwsAsync(async () => call(tasks, 'handle', [], LONG), { instanceOf: UncloneableError })
    t.is(result.path, 'result.list[0]')
    const large = { code: 'ERR_NATS_PAYLOAD' }
    await t.throwsAsync(async () => call(tasks, 'same', [Buffer.alloc(2 ** 20)], LONG), { ...large, message: /^The arguments/ }) // prettier-ignore
    await t.throwsAsync(async () => call(tasks, 'large', [2 ** 20], LONG), {
      ...large,
      message: /^The result of 'large'/,
    })
    t.is((await call(tasks, 'large', [2 ** 20 - 1024], LONG)).length, 2 ** 20 - 1024)
  })

  served(`${title}: when the host closes, the task is cancelled, and the next waits for another host`, async t => {
    const { tasks, host, name } = hosted(t, { concurrency: 1 })
    const { file, have } = begun(t)
    const cleaned = tasks.submit('cleanUp', [file])
    await have(1)
    await t.throwsAsync(async () => call(tasks, 'nothing', [], { timeout: 100 }), { message: /no host has taken it/ })
    await host.closeAsync()
    host.close()
    t.is(await cleaned.result(LONG), 'cleaned up')
    const waiting = tasks.submit('add', [1, 2])
    server.link(t).work(name, module)
    t.is(await waiting.result(LONG), 3)
  })

  served(`${title}: a loop that ends by itself fails its task, and its host goes on`, async t => {
    const { tasks } = hosted(t, { concurrency: 2 })
    await t.throwsAsync(async () => call(tasks, 'exit', [3], LONG), { instanceOf: RunnerDiedError })
    t.is(await call(tasks, 'add', [1, 2], LONG), 3)
  })
}

served('never more tasks run than the host may run at a time, and a cancelled one makes room', async t => {
  const { tasks } = hosted(t, { concurrency: 3 })
  const { file, have } = begun(t)
  const hanging = Array.from({ length: 3 }, () => tasks.submit('hang', [file]))
  await have(3)
  t.throws(() => tasks.run('nothing', [], { timeout: 300 }), { message: /no host has taken it/ })
  const next = tasks.submit('add', [1, 2])
  hanging[1].cancel()
  await t.throwsAsync(hanging[1].result(), { instanceOf: CancelledError })
  t.true(hanging[1].cancelled())
  t.is(await next.result(LONG), 3)
  for (const task of hanging) task.cancel()
})

served('a cancelled task ends when it has cleaned up, with what it says then', async t => {
  const { tasks } = hosted(t, { concurrency: 1 })
  const { file, have } = begun(t)
  const task = tasks.submit('cleanUp', [file])
  await have(1)
  task.cancel()
  t.is(task.wait(LONG), 'cleaned up')
  t.false(task.cancelled())
  const waiting = server.link(t).tasks(randomUUID()).submit('hang')
  waiting.cancel()
  await t.throwsAsync(waiting.result(), { instanceOf: CancelledError })
})

served('many tasks of many callers are each run once by one of several hosts', async t => {
  const { tasks, name } = hosted(t, { concurrency: 4 })
  server.link(t).work(name, module, { concurrency: 2 })
  const callers = [tasks, server.link(t).tasks(name), server.link(t).tasks(name)]
  const sums = callers.map((caller, i) => Array.from({ length: 1000 }, (_, k) => caller.submit('add', [i * 1000, k])))
  for (const [i, some] of sums.entries()) {
    for (const [k, task] of some.entries()) t.is(await task.result(LONG), i * 1000 + k)
  }
})

served('when the link closes, its tasks are cancelled, here and at their hosts', async t => {
  const { tasks, name } = hosted(t, { concurrency: 1 })
  const link = new NatsLink({ servers: server.url })
  const own = link.tasks(name)
  const { file, have } = begun(t)
  const running = own.submit('hang', [file])
  await have(1)
  await link.closeAsync()
  await t.throwsAsync(running.result(), { instanceOf: CancelledError })
  t.is(await tasks.submit('add', [1, 2]).result(LONG), 3)
  t.throws(() => own.submit('nothing'), { instanceOf: RunnerClosedError })
  t.throws(() => link.tasks('a'), { instanceOf: RunnerClosedError })
  t.throws(() => link.work('a', module), { instanceOf: RunnerClosedError })
})

served('whether a host had taken a task whose time is over is told only where it is known', async t => {
  const { tasks } = hosted(t, { concurrency: 1 })
  const { file, have } = begun(t)
  await tasks.submit('nothing').result(LONG)
  await server.signal('SIGSTOP')
  const unsure = await t.throwsAsync(tasks.submit('once', [file, 'unsure'], { timeout: 50 }).result())
  await server.signal('SIGCONT')
  t.true(unsure instanceof EventLoopTimeoutError)
  t.regex(unsure.message, /timed out after 50 ms: whether a host has taken it is not known\.$/)
  await have(1)
  const ids = Array.from({ length: 300 }, (_, id) => id)
  const errors = await Promise.all(
    ids.map(id => {
      const task = tasks.submit('once', [file, id], { timeout: id % 100 })
      return task.result().then(() => undefined, error => error) // prettier-ignore
    }),
  )
  await tasks.submit('nothing').result(LONG) // It is run behind all of them.
  const ran = new Set(readFileSync(file, 'utf8').split('\n'))
  for (const id of ids) {
    if (errors[id] === undefined) t.true(ran.has(String(id)))
    else if (/no host has taken it/.test(errors[id].message)) t.false(ran.has(String(id)), errors[id].message)
    else t.regex(errors[id].message, /its host was told to cancel it|is not known/)
  }
})

served('a host that takes a task as the link closes is told to cancel it', async t => {
  const [name, nc] = [randomUUID(), await connect({ servers: server.url })]
  t.teardown(() => nc.close())
  const told = []
  nc.subscribe('host', { callback: (_, message) => void told.push(message.string()) })
  const calls = nc.subscribe(`threaded-async.tasks.${name}`, { max: 1 })
  await nc.flush()
  const link = server.link(t)
  const running = link.tasks(name).submit('hang')
  for await (const call of calls) {
    const closing = link.closeAsync()
    for (let way = 0; way < 10; way++) await nc.flush() // A link that waits for nothing is closed by then.
    call.respond(Uint8Array.of(1), { reply: 'host' })
    await closing
    await nc.flush()
    t.deepEqual(told, [call.reply])
  }
  await t.throwsAsync(running.result(), { instanceOf: CancelledError })
})

served('that the module of a host cannot be imported is told when it is closed', async t => {
  const link = server.link(t)
  const host = link.work(randomUUID(), new URL('is-not-there.mjs', import.meta.url))
  await link.queue(randomUUID()).qsize()
  const tasks = server.link(t).tasks(host.name)
  t.throws(() => tasks.run('nothing', [], { timeout: 1000 }), { message: /no host has taken it/ })
  t.throws(() => host.close(), { code: 'ERR_MODULE_NOT_FOUND' })
})

served('callers of a host that is killed are told, and no task is begun twice', async t => {
  await ends(t, ['nats-hosts.mjs', '200'])
})

test('options of hosts and tasks are checked by name before anything begins', t => {
  const link = new NatsLink({ servers: 'nats://127.0.0.1:9' })
  t.teardown(() => link.close())
  t.throws(() => link.work('a b', module), { code: 'ERR_INVALID_ARG_VALUE' })
  t.throws(() => link.work('a', './tasks.js'), { code: 'ERR_INVALID_ARG_TYPE' })
  t.throws(() => link.work('a', module, { concurrency: 0 }), { code: 'ERR_OUT_OF_RANGE' })
  t.throws(() => link.work('a', module, { concurency: 1 }), { code: 'ERR_INVALID_ARG_VALUE' })
  t.throws(() => link.tasks(5), { code: 'ERR_INVALID_ARG_TYPE' })
  const tasks = link.tasks('a')
  t.throws(() => tasks.run(5), { code: 'ERR_INVALID_ARG_TYPE' })
  t.throws(() => tasks.run('a', 5), { code: 'ERR_INVALID_ARG_TYPE' })
  t.throws(() => tasks.run('a', [], { timeout: -1 }), { code: 'ERR_OUT_OF_RANGE' })
  t.throws(() => tasks.submit('a', [], { signal: 1 }), { code: 'ERR_INVALID_ARG_TYPE' })
  t.throws(() => new Queue().putNowait([tasks]), { instanceOf: UncloneableError, message: /NatsTasks/ })
  t.throws(() => tasks.run('a', [], { timeout: 30 }), {
    instanceOf: EventLoopTimeoutError,
    message: "'a' of 'a' timed out after 30 ms: there was no connection to the NATS server.",
  })
})
