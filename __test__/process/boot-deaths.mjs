// boot-deaths.mjs <door> [<what is done first>]: a runner's thread dies while it starts, and somebody waits for it.
//
// What it dies of is said by flags and the environment (`boot-preload.cjs`), or by what is done first: `descriptors=3`
// leaves so many, `gone=<folder>` moves the package's files away, `limits=4` gives the thread a small heap, in MB. Prints
// the error's code, its cause, how many milliseconds after the death it came (after the start, where the thread could not
// say when it died), how the runner ended, and how long it took to close; then `pass`.

import { closeSync, openSync, renameSync } from 'node:fs'
import { AsyncRunner, Event, Queue, Server } from 'threaded-async'
import { check, thrown } from './support.mjs'

const [door, first] = process.argv.slice(2)
const [what, amount] = first?.split('=') ?? []
const options = { name: 'stillborn', exitTimeout: 300 }
if (what === 'limits') options.resourceLimits = { maxOldGenerationSizeMb: Number(amount) }

/** Doors that block, then doors that await. */
const doors = {
  run: runner => runner.run(() => 1),
  wait: runner => runner.createTask(() => 1).wait(),
  callInLoop: runner => runner.callInLoop(() => 1),
  waitForNextEventloopIteration: runner => runner.waitForNextEventloopIteration(),
  getWait: runner => new Queue(runner).getWait(),
  eventWait: runner => new Event(runner).wait(),
  close(runner) {
    runner.createTask(() => 1)
    const group = thrown(() => runner.close())
    throw group.errors[0]
  },
  result: runner => runner.createTask(() => 1).result(),
  get: runner => new Queue(runner).get(),
  async closeAsync(runner) {
    runner.createTask(() => 1)
    const group = await runner.closeAsync().catch(error => error)
    throw group.errors[0]
  },
  /** The maker computes all the while, and neither its loop turns nor does it block. */
  third(runner) {
    const told = new Queue()
    const wait = (runner, told) => {
      try {
        runner.createTask(() => 1).wait()
      } catch (error) {
        told.putNowait([error, String(process.hrtime.bigint())])
      }
    }
    helper.createTask(wait, [runner, told])
    for (const end = performance.now() + 60_000; told.qsize() === 0 && performance.now() < end;);
    const [error, at] = told.getNowait()
    throw Object.assign(error, { at })
  },
}

function wait() {
  if (door === 'process') {
    const server = new Server(options)
    try {
      server.createBackgroundTask(() => 1, [], { timeout: 5000 })
    } catch {} // It waits for the loop to rest, too.
    server.process({ timeout: 5000 })
  }
  if (door === 'listener') options.onTaskError = () => {}
  runner = new AsyncRunner(options)
  return (doors[door] ?? doors.run)(runner)
}

const prepare = {
  gone: () => renameSync(`${amount}/dist`, `${amount}/gone`),
  descriptors() {
    const opened = []
    try {
      for (;;) opened.push(openSync('/dev/null'))
    } catch {
      opened.slice(0, Number(amount)).forEach(descriptor => closeSync(descriptor))
    }
  },
}

let runner
const helper = door === 'third' ? new AsyncRunner({ allowBlocking: true }) : undefined
helper?.run(() => 1)
new AsyncRunner().close() // What is loaded late is there from now on.
console.log('prepared') // So is the stream.

const since = process.hrtime.bigint()
try {
  prepare[what]?.()
  check((await wait()) === 1, 'its result')
  console.log('result')
} catch (error) {
  const { DIED_AT } = process.env
  const ms = Number(BigInt(error.at ?? process.hrtime.bigint()) - BigInt(DIED_AT ?? since)) / 1e6
  console.log(JSON.stringify([error.code, String(error.cause?.message), error.exitCode ?? null, Math.round(ms)]))
}
const before = performance.now()
runner?.close()
console.log(`closed ${runner?.shutdownType} ${Math.round(performance.now() - before)}`)
console.log('pass')
process.exit()
