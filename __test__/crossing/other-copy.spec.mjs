// Two loaded copies of the package in one process: each works, and neither takes the other's handles for its own.
//
// Promises to cover H4's refusal: queues, futures, task arguments and constructors refuse what another copy has
// made, with an error that says so, and nothing has happened then. The other copy is a copy of the files, elsewhere.

import test from 'ava'
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import * as ours from 'threaded-async'
import { AsyncRunner, Event, Future, Queue } from 'threaded-async'

const root = fileURLToPath(new URL('../../', import.meta.url))
const place = mkdtempSync(join(tmpdir(), 'threaded-async-copy-'))

/** The files that npm would install. */
function copy() {
  const isPart = name => ['package.json', 'dist'].includes(name) || /^(binding\.|.*\.node$)/.test(name)
  for (const name of readdirSync(root).filter(isPart)) cpSync(join(root, name), join(place, name), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(place, 'node_modules'))
  return import(pathToFileURL(join(place, 'dist/index.js')).href)
}

let theirs
let foreign

test.before(async () => {
  theirs = await copy()
  const runner = new theirs.AsyncRunner()
  const task = runner.createTask(() => 1)
  foreign = { runner, task, queue: new theirs.Queue(), event: new theirs.Event(), future: new theirs.Future() }
})

test.after.always(() => {
  foreign?.runner.close()
  // Windows does not let go of a loaded addon.
  rmSync(place, { recursive: true, force: true, maxRetries: 3 })
})

const refused = { name: 'UncloneableError', code: 'ERR_UNCLONEABLE', message: /another loaded copy of threaded-async/ }

test('the other copy is another one, and works', async t => {
  t.not(theirs.Queue, ours.Queue)
  const queue = new theirs.Queue(foreign.runner)
  foreign.runner.run(queue => queue.put('theirs'), [queue])
  t.is(queue.getWait(), 'theirs')
  t.is(await foreign.task.result(), 1)
})

test('H4: a handle of another copy is refused wherever a value goes', async t => {
  const runner = new AsyncRunner()
  for (const [name, handle] of Object.entries(foreign)) {
    const [queue, future] = [new Queue(), new Future()]
    t.throws(() => queue.putNowait(handle), refused, name)
    t.throws(() => queue.putWait({ deep: [handle] }), { ...refused, message: /item\.deep\[0\]/ }, name)
    await t.throwsAsync(queue.put(new Map([['key', handle]])), refused, name)
    t.throws(() => queue.putManyWait([1, handle]), refused, name)
    t.throws(() => future.setResult(handle), refused, name)
    t.throws(() => runner.createTask(() => {}, [handle]), refused, name)
    t.throws(() => runner.run(handle => handle, [handle]), refused, name)
    t.deepEqual([queue.qsize(), future.done()], [0, false])
  }
  runner.close()
})

test('H4: the other copy refuses ours', t => {
  const queue = new theirs.Queue()
  for (const handle of [new Queue(), new Event(), new Future()]) {
    t.throws(() => queue.putNowait(handle), refused)
  }
  t.is(queue.qsize(), 0)
})

test('H4: a primitive for a runner of another copy is refused, and the error says why', t => {
  const says = { code: 'ERR_INVALID_ARG_VALUE', message: /another loaded copy of threaded-async/ }
  for (const make of [
    runner => new Queue(runner),
    runner => new Queue(runner, { maxsize: 1 }),
    runner => new Event(runner),
    runner => new Future(runner),
  ]) {
    for (const handle of Object.values(foreign)) t.throws(() => make(handle), says)
  }
})

test('an error of another copy arrives as an error, under its name and code', t => {
  const [queue, error] = [new Queue(), new theirs.QueueShutDown('theirs')]
  queue.putNowait(error)
  const arrived = queue.getNowait()
  t.true(arrived instanceof Error)
  t.deepEqual([arrived.name, arrived.code, arrived.message], ['QueueShutDown', 'ERR_QUEUE_SHUT_DOWN', 'theirs'])
})

test('listeners for Ctrl-C come and go beside two copies, and none of the package stays without them', t => {
  const listener = () => {}
  const before = process.listenerCount('SIGINT')
  for (const round of [1, 2]) {
    process.on('SIGINT', listener)
    t.true(process.listeners('SIGINT').includes(listener), `round ${round}`)
    process.once('SIGINT', listener)
    process.off('SIGINT', listener)
    process.off('SIGINT', listener)
    t.is(process.listenerCount('SIGINT'), before)
  }
})
