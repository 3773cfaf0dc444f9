// Ctrl-C while the main thread blocks: whole programs, interrupted from outside, many times.
//
// Promises K5 and K6: the wait ends, what it awaited is cancelled and has cleaned up, the listener runs; without a
// listener the process dies as any other; a second Ctrl-C does not wait for a cleanup that does not end. Skipped on
// Windows, where Ctrl-C is left to Node.

import test from 'ava'
import { ends, stress } from '../support/program.mjs'

const posix = process.platform === 'win32' ? test.skip : test
const ROUNDS = 50 * stress

/** Interrupts the program each time it says that it is ready. */
function interruptor(rounds) {
  return async program => {
    for (let round = 1; round <= rounds; round++) {
      await program.prints('ready\n', round)
      program.kill('SIGINT')
    }
  }
}

function printed(round, rounds) {
  return { stdout: `${`${round}\n`.repeat(rounds)}pass\n` }
}

const untied = ['getWait', 'getManyWait', 'getWaitTimeout', 'putWait', 'joinWait', 'eventWait', 'resultWait']

for (const door of untied) {
  posix(`K5: Ctrl-C ends ${door} with InterruptedError, without effect, and the listener runs`, async t => {
    const expected = printed('ready\ninterrupted\nlistener', ROUNDS)
    await ends(t, ['ctrl-c.mjs', door, String(ROUNDS)], { expected }, interruptor(ROUNDS))
  })
}

for (const door of ['taskWait', 'run']) {
  posix(`K5: Ctrl-C in ${door} cancels the task, waits for its cleanup, throws, and the listener runs`, async t => {
    const expected = printed('ready\ncleaning\ncleaned\ninterrupted\nlistener', ROUNDS)
    await ends(t, ['ctrl-c.mjs', door, String(ROUNDS)], { expected }, interruptor(ROUNDS))
  })
}

for (const door of ['callInLoop', 'waitForNextEventloopIteration']) {
  posix(`K5: Ctrl-C ends ${door} though its loop is held`, async t => {
    const expected = printed('ready\ninterrupted\nlistener', 1)
    await ends(t, ['ctrl-c.mjs', door], { expected }, interruptor(1))
  })
}

posix('K5, Y5: Ctrl-C ends the wait for a stuck loop that is about to be replaced', async t => {
  await ends(t, ['ctrl-c.mjs', 'replaced'], { expected: { stdout: 'interrupted\nlistener\npass\n' } })
})

for (const door of ['getWait', 'taskWait', 'run']) {
  posix(`K5: without a listener Ctrl-C in ${door} kills the process as usual`, async t => {
    const expected = { code: null, signal: 'SIGINT', stdout: 'ready\n' }
    for (let round = 0; round < 5 * stress; round++) {
      await ends(t, ['ctrl-c.mjs', `none-${door}`], { expected }, interruptor(1))
    }
  })
}

posix('K5: a listener for one Ctrl-C leaves the second its usual effect', async t => {
  const expected = { code: null, signal: 'SIGINT', stdout: 'ready\ninterrupted\nlistener\nready\n' }
  await ends(t, ['ctrl-c.mjs', 'once-getWait'], { expected }, interruptor(2))
})

posix('K6: a second Ctrl-C does not wait for a cleanup that does not end', async t => {
  const expected = { stdout: 'ready\ncleaning\ninterrupted\nlistener\nlistener\npass\n' }
  for (let round = 0; round < 5 * stress; round++) {
    await ends(t, ['ctrl-c.mjs', 'second'], { expected, deadline: 50_000 }, async program => {
      await program.prints('ready\n')
      program.kill('SIGINT')
      await program.prints('cleaning\n')
      program.kill('SIGINT')
    })
  }
})

for (const round of ['get', 'flood', 'put', 'run', 'rest']) {
  posix(`K5: Ctrl-C that meets a wait just served ends the next one: ${round}`, async t => {
    const expected = { code: 9, stdout: 'ready\n' }
    const rounds = Array.from({ length: 4 * stress }, () =>
      ends(t, ['ctrl-c-storm.mjs', round], { expected }, async program => {
        await program.prints('ready\n')
        await new Promise(resolve => setTimeout(resolve, Math.random() * 60)) // At any moment of its rounds.
        program.kill('SIGINT')
      }),
    )
    await Promise.all(rounds)
  })
}

posix('K5: Ctrl-C just before a blocking call ends that call, and only that', async t => {
  await ends(t, ['ctrl-c.mjs', 'before'], { expected: { stdout: 'interrupted\nlistener\npass\n' } })
})
