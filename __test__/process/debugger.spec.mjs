// A debugger and a main thread that blocks: whole programs, for a debugger that gets no answer makes them hang.
//
// Promises R14 for a breakpoint in a task, for the console on the blocked thread, and for a debugger that comes later.

import test from 'ava'
import { ends } from '../support/program.mjs'

const titles = {
  breakpoint: 'a breakpoint in a task stops and goes on while the main thread blocks for that task',
  queue: 'the same while it blocks in getWait',
  serving: 'the same while it blocks in processUntil',
  closing: 'the same while it blocks in close',
  timeout: 'a wait for a task that is paused keeps its timeout, and its place',
  console: 'what the console evaluates on a blocked thread may call any door of it',
  nested: 'the outcome of a wait that comes while the console blocks is kept for it',
}

for (const [what, title] of Object.entries(titles)) {
  test(`R14: ${title}`, async t => {
    await ends(t, ['debugger.mjs', what])
  })
}

const posix = process.platform === 'win32' ? test.skip : test

posix('R14: SIGUSR1 opens the inspector while the main thread blocks', async t => {
  const program = `
    import { Event } from 'threaded-async'
    console.log('ready')
    new Event().wait()
  `
  const args = ['--inspect-port=0', '--input-type=module', '-e', program]
  const expected = { stdout: 'ready\n', stderr: /Debugger listening/, signal: 'SIGKILL', code: null }
  await ends(t, args, { expected }, async running => {
    await running.prints('ready')
    running.kill('SIGUSR1')
    await running.complains('Debugger listening')
    running.kill('SIGKILL')
  })
})
