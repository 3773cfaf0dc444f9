// chaos.mjs <seconds> [seed]: Z3, both sides of a queue are aborted, cancelled, killed and restarted at random.
//
// Every item is a number of its own, and shared memory says of each how its put ended and how often it was got. Shows
// that what was sent was received once or is still in the queue, and that what was withdrawn never shows up. A put whose
// thread died before it could say how it ended may have happened, but not twice.

import { AsyncRunner, Queue, RunnerDiedError, ShutdownType, taskModule } from 'threaded-async'
import { Board, RECEIVED, SENT, STATE, TRYING, WITHDRAWN, random } from './chaos-tasks.mjs'
import { pause } from './support.mjs'

const seconds = Number(process.argv[2])
const seed = Number(process.argv[3] ?? Date.now() % 1_000_000)
const tasks = taskModule(new URL('./chaos-tasks.mjs', import.meta.url))
const next = random(seed)
console.log(`seed ${seed}`)

const queue = new Queue({ maxsize: 5 })
const board = new Board(new SharedArrayBuffer(4 * 16_000_000))

/** What runs, and is started again whenever it ends. */
const places = [
  { name: 'awaiting', options: {}, jobs: ['produce', 'consume', 'produce', 'consume', 'consumeMany'] },
  { name: 'awaiting', options: {}, jobs: ['produce', 'consume', 'produceMany'] },
  { name: 'blocking', options: { allowBlocking: true }, jobs: ['produceBlocking'] },
  { name: 'blocking', options: { allowBlocking: true }, jobs: ['consumeBlocking'] },
]

function startRunner(place) {
  if (place.runner !== undefined) close(place)
  place.runner = new AsyncRunner({ ...place.options, exitTimeout: 2000 })
  place.tasks = place.jobs.map(job => startTask(place, job))
}

function startTask(place, job) {
  return unlessDead(() => place.runner.createTask(tasks[job], [queue, board.memory, Math.floor(next() * 1e9)]))
}

/** A runner that is killed may die at any moment. */
function unlessDead(body) {
  try {
    return body()
  } catch (error) {
    if (!(error instanceof RunnerDiedError)) throw error
  }
}

/** Closes in order: by force, a thread could end between an item and its note. */
function close({ runner }) {
  try {
    runner.close()
  } catch (error) {
    if (!error.errors?.every(each => each instanceof RunnerDiedError)) throw error
  }
  if (runner.shutdownType === ShutdownType.FORCE_STOPPED) throw new Error('The loop was stuck.')
}

/** In a turn of its own: what was delivered in this one has been noted by then. */
function die() {
  setImmediate(() => process.exit(1))
}

const chances = [
  [60, cancelSome],
  [3, close],
  [3, kill],
  [30, () => produceHere()],
  [30, () => consumeHere()],
]
const all = chances.reduce((sum, [weight]) => sum + weight, 0)

function cancelSome(place) {
  const index = Math.floor(next() * place.jobs.length)
  place.tasks[index]?.cancel()
}

function kill({ runner }) {
  if (runner.isRunning) unlessDead(() => runner.createTask(die))
}

function produceHere() {
  const number = board.fresh()
  try {
    queue.putWait(number, { timeout: next() * 3 })
    board.ended(number, SENT)
  } catch {
    board.ended(number, WITHDRAWN)
  }
}

function consumeHere() {
  try {
    board.got(queue.getWait({ timeout: next() * 3 }))
  } catch {}
}

/** Starts again what has ended. */
function revive(place) {
  if (!place.runner.isRunning) return startRunner(place)
  place.tasks.forEach((task, index) => {
    if (!task || task.done()) place.tasks[index] = startTask(place, place.jobs[index])
  })
}

function act() {
  let lot = next() * all
  const [, action] = chances.find(([weight]) => (lot -= weight) < 0)
  const place = places[Math.floor(next() * places.length)]
  action(place)
  revive(place)
}

for (const place of places) startRunner(place)
for (const end = performance.now() + seconds * 1000; performance.now() < end;) act()
for (const place of places) close(place)
if (queue.statistics().getters + queue.statistics().putters > 0) throw new Error('Somebody waits for ever.')
while (!queue.empty()) board.got(queue.getNowait())

const counts = { [TRYING]: 0, [SENT]: 0, [WITHDRAWN]: 0 }
const wrong = []
for (let number = 1; number <= board.last; number++) {
  const [state, received] = [board.words[number] & STATE, board.words[number] >> RECEIVED]
  counts[state]++
  const isRight = state === SENT ? received === 1 : state === WITHDRAWN ? received === 0 : received <= 1
  if (!isRight) wrong.push(`${number}: ${['?', 'trying', 'sent', 'withdrawn'][state]}, received ${received} times`)
}
console.log(`sent ${counts[SENT]}, withdrawn ${counts[WITHDRAWN]}, unknown ${counts[TRYING]}`)
if (wrong.length > 0) throw new Error(`${wrong.length} items are wrong:\n${wrong.slice(0, 20).join('\n')}`)
pause(0)
console.log('pass')
