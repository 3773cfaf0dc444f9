// killing.mjs <rounds> [seed]: Z6, runners are killed at random moments while the main thread is blocked on them.
//
// Shows that every wait, on the main thread and on another loop, is released with RunnerDiedError, that the loops which
// were not killed go on, and that the process neither hangs nor crashes.

import { AsyncRunner, Event, Future, Queue, RunnerDiedError, taskModule } from 'threaded-async'
import { random } from './chaos-tasks.mjs'
import { check, thrown } from './support.mjs'

const rounds = Number(process.argv[2])
const seed = Number(process.argv[3] ?? Date.now() % 1_000_000)
const next = random(seed)
const tasks = taskModule(new URL('./killing-tasks.mjs', import.meta.url))

const supervisor = new AsyncRunner({ name: 'supervisor' })
const bystander = new AsyncRunner({ name: 'bystander' })
const line = new Queue()

/** What is not over after so many milliseconds never will be, and should say what it was. */
const HANG = 20_000

const pick = choices => choices[Math.floor(next() * choices.length)]

const doors = {
  getWait: handles => handles.queue.getWait(),
  putWait: handles => handles.full.putWait(2),
  joinWait: handles => handles.full.joinWait(),
  wait: handles => handles.event.wait(),
  resultWait: handles => handles.future.resultWait(),
  taskWait: handles => handles.task.wait(),
  run: (_, victim) => victim.run(() => new Promise(() => {})),
  callInLoop: (_, victim) => {
    for (;;) victim.callInLoop(() => {})
  },
  close: (_, victim) => victim.close(),
}

/** A runner that will be ended by `how`, so many milliseconds after its start or after now. */
function victimOf(how, ms) {
  if (how === 'terminate') {
    supervisor.createTask(tasks.makeAndTerminate, [line, ms, HANG])
    return line.getWait({ timeout: HANG })
  }
  const victim = new AsyncRunner({
    exitTimeout: 5000,
    callInLoopTimeout: HANG,
    ...(how === 'oom' && { resourceLimits: { maxOldGenerationSizeMb: 16 } }),
  })
  victim.createTask(tasks[how], [ms])
  return victim
}

function handlesOf(victim) {
  const full = new Queue(victim, { maxsize: 1 })
  full.putNowait(1)
  const task = victim.createTask(tasks.work, [full])
  return { queue: new Queue(victim), full, event: new Event(victim), future: new Future(victim), task }
}

/** What a runner that is dead already answers to every use. */
function prepared(victim) {
  try {
    return handlesOf(victim)
  } catch (error) {
    check(error instanceof RunnerDiedError, `only its death can refuse: ${error.stack}`)
  }
}

function round() {
  const how = pick(['exit', 'exit', 'exitBusy', 'throwing', 'terminate', 'terminate', next() < 0.2 ? 'oom' : 'exit'])
  const victim = victimOf(how, next() < 0.3 ? next() * 50 : next() * 3)
  const handles = prepared(victim)
  if (handles === undefined) return how
  const other = bystander.createTask(tasks.waitForAll, [handles])
  const door = pick(Object.keys(doors))
  if (door === 'close' || how === 'throwing') {
    // It may come before the death; then it is an orderly end, or reports what was thrown.
    endOf(victim)
  } else {
    const error = thrown(() => doors[door](handles, victim))
    check(error instanceof RunnerDiedError, `${how}, ${door}: RunnerDiedError, not ${error.stack}`)
  }
  const codes = other.wait({ timeout: HANG })
  check(codes.length === 6 && !codes.includes('none'), `${how}, ${door}: everyone is released: ${codes}`)
  check(!victim.isRunning, 'it has ended')
  endOf(victim)
  return how
}

function endOf(victim) {
  try {
    victim.close()
  } catch (error) {
    check(
      error.exceptions?.every(each => each.message === 'thrown on purpose' || each instanceof RunnerDiedError),
      `nothing else: ${error.stack}`,
    )
  }
}

console.log(`seed ${seed}`)
const counts = {}
for (let number = 0; number < rounds; number++) {
  const how = round()
  counts[how] = (counts[how] ?? 0) + 1
}
check(supervisor.run(() => 1) + bystander.run(() => 2) === 3, 'the others go on')
console.log(JSON.stringify(counts))
console.log('pass')
