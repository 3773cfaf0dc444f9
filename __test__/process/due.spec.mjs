// A thread that blocks in calls whose work takes a while: it knows when the outcome is due, and sleeps until then.
//
// Promises that this changes nothing but the time it takes, also where all threads share one core.

import test from 'ava'
import { spawnSync } from 'node:child_process'
import { ends } from '../support/program.mjs'

const ON_ONE_CORE = ['-c', '0']

test('a thread that knows when an outcome is due hears of whatever else happens', async t => {
  await ends(t, ['due.mjs'])
})

const withOneCore = spawnSync('taskset', [...ON_ONE_CORE, 'true']).status === 0 ? test : test.skip
withOneCore('the same holds where the thread and the loop share one core', async t => {
  await ends(t, [...ON_ONE_CORE, process.execPath, 'due.mjs'], { command: 'taskset' })
})
