// What is awaited, as those see it who ask Node what keeps a program alive.
//
// Promises that `process.getActiveResourcesInfo()` and why-is-node-running, in its two versions that are in use, name what
// is awaited and the place, list nothing of ours where nothing is, and that each wait ends as it does without them.

import test from 'ava'
import { ends } from '../support/program.mjs'

for (const version of ['3', '2']) {
  const tool = import.meta.resolve(version === '3' ? 'why-is-node-running' : 'why-is-node-running-2')
  const titles = {
    idle: 'nothing of ours is listed where nothing is awaited, though a runner is open',
    waits: 'a wait that has lasted a second is listed, with the place of its await, until it has ended',
    ended: 'a wait that is listed ends in its turn, with its item or its error',
    loop: 'a loop lists its runner and what its tasks await',
    many: 'each of many waits is listed once',
  }
  for (const [part, title] of Object.entries(titles)) {
    test(`why-is-node-running ${version}: ${title}`, t => ends(t, ['--import', tool, 'resources.mjs', part, version]))
  }
}

test('hooks that are not told of the end of resources change nothing', t => ends(t, ['resources.mjs', 'unwatched']))
