// Classes whose objects only this package makes: what `new` says of them.
//
// Promises an error with a code, at the line of the caller, whatever is passed, and also to a subclass.

import test from 'ava'
import { AsyncRunner, BackgroundTask, Queue, Script, Server } from 'threaded-async'
import { Delivery, NatsQueue, NatsTasks, NatsWork } from 'threaded-async/nats'

const SelectOp = new Queue().getOp().constructor

const classes = {
  BackgroundTask: [BackgroundTask, 'createTask'],
  Script: [Script, 'server.createScript'],
  SelectOp: [SelectOp, 'getOp'],
  Delivery: [Delivery, 'get of a queue'],
  NatsQueue: [NatsQueue, 'link.queue'],
  NatsTasks: [NatsTasks, 'link.tasks'],
  NatsWork: [NatsWork, 'link.work'],
}

for (const [name, [Class, instead]] of Object.entries(classes)) {
  test(`new ${name}() is refused, and says what makes one`, t => {
    class Heir extends Class {}
    for (const attempt of [
      () => new Class(),
      () => new Class(1),
      () => new Class(Symbol('maker'), 1),
      () => new Class({}, 'text'),
      () => new Heir(1),
    ]) {
      const error = t.throws(attempt, { instanceOf: TypeError, code: 'ERR_ILLEGAL_CONSTRUCTOR' })
      t.true(error.message.startsWith(`new ${name}() is not for programs: `), error.message)
      t.true(error.message.includes(instead), error.message)
      t.regex(error.stack.split('\n')[1], /construct\.spec\.mjs/)
    }
    t.throws(() => Class(), { instanceOf: TypeError, message: /without 'new'/ })
  })
}

test('what a guessed number stands for cannot be had, and goes on', async t => {
  const runner = new AsyncRunner()
  const server = new Server({ handlers: {} })
  const task = runner.createTask(() => 7)
  for (let id = 0; id < 100; id++) t.throws(() => new BackgroundTask(id), { code: 'ERR_ILLEGAL_CONSTRUCTOR' })
  t.is(await task.result(), 7)
  t.is(server.createScript('export default () => 8').wait(), 8)
  runner.close()
  server.close()
})
