// What is known of puts and gets when the server goes, or does not answer, while the thread that waits is blocked.
//
// The last argument says how many times all of it is tried, each time with a server of its own.

import assert from 'node:assert/strict'
import { AsyncRunner, EventLoopTimeoutError, taskModule, UnconfirmedError } from 'threaded-async'
import { NatsLink } from 'threaded-async/nats'

const LONG = { timeout: 60_000 }
const nats = taskModule(new URL('nats-tasks.mjs', import.meta.url))
const runner = new AsyncRunner()

function throughRestart(link) {
  const queue = link.queue('restart')
  queue.qsizeWait(LONG)
  const restarting = runner.createTask(nats.restartAndPut, ['restart', [1, 2]])
  for (const expected of [1, 2]) {
    const { value, ack } = queue.getWait(LONG)
    assert.equal(value, expected)
    ack()
  }
  restarting.wait()
}

function putThroughOutage(link) {
  const queue = link.queue('outage')
  queue.putWait(0, LONG)
  runner.run(nats.kill)
  untilDown(link)
  assert.throws(() => queue.getWait({ timeout: 100 }), { code: 'ERR_EVENT_LOOP_TIMEOUT' })
  assert.throws(() => queue.putWait('not stored', { timeout: 100 }), { code: 'ERR_EVENT_LOOP_TIMEOUT' })
  const starting = runner.createTask(nats.startAgain)
  queue.putWait(1, LONG)
  starting.wait()
  assert.equal(queue.qsizeWait(LONG), 2)
}

/** Returns when the loop of the link has noticed that there is no connection any more. */
function untilDown(link) {
  const tasks = link.tasks('nobody')
  const said = () => caught(() => tasks.run('nothing', [], { timeout: 10 })).message
  while (!said().includes('there was no connection'));
}

/** A server that is stopped takes what is sent, and answers nothing. */
function stopped(link) {
  const queue = link.queue('stopped')
  queue.putWait(0, LONG)
  runner.run(nats.signal, ['SIGSTOP'])
  const error = unanswered(queue, 1, 'one')
  assert.equal(error.id, 'one')
  runner.run(nats.signal, ['SIGCONT'])
  queue.putWait(1, { ...LONG, id: error.id })
  assert.equal(queue.qsizeWait(LONG), 2)
}

/** The answer is lost with the connection; what has become of the put, nobody knows. */
async function killed(link) {
  const queue = link.queue('killed')
  queue.putWait(0, LONG)
  runner.run(nats.signal, ['SIGSTOP'])
  const first = queue.put(1, { id: 'first' })
  const controller = new AbortController()
  const aborted = queue.put(2, { id: 'second', signal: controller.signal })
  // What is sent behind them has gone out: so have they.
  unanswered(queue, 3, 'third')
  controller.abort(new Error('enough'))
  await assert.rejects(aborted, error => error instanceof UnconfirmedError && error.cause.message === 'enough')
  runner.run(nats.kill)
  await assert.rejects(first, error => error instanceof UnconfirmedError && error.id === 'first')
  runner.run(nats.startAgain)
  for (const [value, id] of [[1, 'first'], [2, 'second'], [3, 'third']]) queue.putWait(value, { ...LONG, id }) // prettier-ignore
  assert.equal(queue.qsizeWait(LONG), 4)
}

/** The loop tells the server of what is ready, whatever this thread does. */
function blocked(link) {
  const queue = link.queue('blocked', { prefetch: 8, ackWait: 3000 })
  for (let i = 0; i < 8; i++) queue.putWait(i, LONG)
  queue.getWait(LONG).ack()
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5000)
  for (let i = 1; i < 8; i++) {
    const { value, deliveries, ack } = queue.getWait(LONG)
    assert.deepEqual([value, deliveries], [i, 1])
    ack()
  }
}

/** The error of a put that went out to a server which does not answer; on a busy machine its time may be over before that. */
function unanswered(queue, item, id) {
  for (;;) {
    const error = caught(() => queue.putWait(item, { timeout: 200, id }))
    if (error instanceof UnconfirmedError) return error
    assert(error instanceof EventLoopTimeoutError, String(error?.stack))
  }
}

function caught(work) {
  try {
    work()
  } catch (error) {
    return error
  }
  return undefined
}

for (let count = Number(process.argv[2] ?? 1); count > 0; count--) {
  const link = new NatsLink({ servers: runner.run(nats.start) })
  try {
    throughRestart(link)
    putThroughOutage(link)
    stopped(link)
    await killed(link)
    blocked(link)
  } finally {
    link.close()
    runner.run(nats.end)
  }
}
runner.close()
console.log('pass')
