// deaths.mjs <how> [booting]: a caller is parked in a door of a runner whose thread then ends by itself.
//
// `how` is what ends it: exit (`process.exit(3)` in a task), oom (out of memory), terminate (its worker is terminated),
// maker (the thread that made it ends); with `booting` this may come before its loop is up. Prints, per door, how many
// milliseconds after the beginning of the death the caller had its RunnerDiedError, then `pass`.

import { AsyncRunner, Event, Future, Queue, RunnerDiedError, ShutdownType, taskModule } from 'threaded-async'
import { check, thrown, rejection, until } from './support.mjs'

const [how, moment] = process.argv.slice(2)
const tasks = taskModule(new URL('./deaths-tasks.mjs', import.meta.url))
const isKilledFromInside = how === 'exit' || how === 'oom'

/** Doors by name: what makes their handle, and the wait. Blocking ones first, then those that await. */
const doors = {
  getWait: [runner => new Queue(runner), queue => queue.getWait()],
  putWait: [fullQueue, queue => queue.putWait(2)],
  joinWait: [fullQueue, queue => queue.joinWait()],
  getManyWait: [runner => new Queue(runner), queue => queue.getManyWait(3)],
  eventWait: [runner => new Event(runner), event => event.wait()],
  resultWait: [runner => new Future(runner), future => future.resultWait()],
  taskWait: [runner => runner.createTask(() => new Promise(() => {})), task => task.wait()],
  get: [runner => new Queue(runner), queue => queue.get()],
  put: [fullQueue, queue => queue.put(2)],
  join: [fullQueue, queue => queue.join()],
  waitAsync: [runner => new Event(runner), event => event.waitAsync()],
  result: [runner => new Future(runner), future => future.result()],
  taskResult: [runner => runner.createTask(() => new Promise(() => {})), task => task.result()],
}

/** Doors that only a death from inside can be timed for. */
const errands = {
  run: (runner, clock) => runner.run(tasks.dieOnceRun, [how, clock]),
  callInLoop: (runner, clock) => runner.callInLoop(tasks.die, [how, clock]),
  waitForNextEventloopIteration(runner, clock) {
    const started = new Event()
    runner.createTask(tasks.dieOnceAsked, [how, clock, started])
    started.wait()
    runner.waitForNextEventloopIteration()
  },
}

function fullQueue(runner) {
  const queue = new Queue(runner, { maxsize: 1 })
  queue.putNowait(1)
  return queue
}

function newRunner() {
  if (isKilledFromInside) {
    const limits = how === 'oom' ? { resourceLimits: { maxOldGenerationSizeMb: 16 } } : {}
    return { runner: new AsyncRunner({ name: 'mortal', ...limits }) }
  }
  const maker = new AsyncRunner({ name: 'maker' })
  const line = new Queue()
  maker.run(tasks.make, [line])
  const runner = line.getNowait()
  if (moment !== 'booting') runner.run(() => {})
  return { maker, runner }
}

function prepareDeath({ maker, runner }, handle, clock) {
  const line = new Queue()
  line.putNowait(handle)
  if (isKilledFromInside) runner.createTask(tasks.dieOnceAwaited, [how, line, clock])
  else maker.createTask(tasks.killOnceAwaited, [how, runner, line, clock])
}

function newClock() {
  return new BigInt64Array(new SharedArrayBuffer(8))
}

function report(name, clock, error, runner) {
  const ms = Number(process.hrtime.bigint() - clock[0]) / 1e6
  check(error instanceof RunnerDiedError, `${name} ends with RunnerDiedError, not ${error?.stack}`)
  check(error.code === 'ERR_RUNNER_DIED' && error.message.includes("'mortal'"), `it is named: ${error.message}`)
  if (how === 'exit') check(error.exitCode === 3, `${name} knows the exit code: ${error.exitCode}`)
  console.log(`${name} ${ms.toFixed(1)}`)
  afterwards(runner)
}

/** What a dead runner is like. */
function afterwards(runner) {
  until(() => !runner.isRunning)
  check(runner.shutdownType === ShutdownType.UNKNOWN, `shutdownType ${runner.shutdownType}`)
  check(thrown(() => runner.run(() => {})) instanceof RunnerDiedError, 'no more work is taken')
  runner.close()
}

async function parked([make, wait], name) {
  const thread = newRunner()
  const handle = make(thread.runner)
  const clock = newClock()
  prepareDeath(thread, handle, clock)
  const isAwaiting = ['get', 'put', 'join', 'waitAsync', 'result', 'taskResult'].includes(name)
  const error = isAwaiting ? await rejection(wait(handle)) : thrown(() => wait(handle))
  report(name, clock, error, thread.runner)
  if (how !== 'maker') return
  const [death] = thrown(() => thread.maker.close()).errors
  check(death instanceof RunnerDiedError && death.message.includes("'maker'"), `its maker has died: ${death.stack}`)
}

for (const [name, door] of Object.entries(doors)) await parked(door, name)
if (isKilledFromInside) {
  for (const [name, call] of Object.entries(errands)) {
    const { runner } = newRunner()
    const clock = newClock()
    report(
      name,
      clock,
      thrown(() => call(runner, clock)),
      runner,
    )
  }
}
console.log('pass')
