// What stays: of functions, of evaluations of the package, of runners and of waits, after many of them.
//
// Promises that what is counted is flat. Each is a program of its own, as what it counts belongs to the whole process;
// how much memory that is, is looked at with generous bounds only.

import test from 'ava'
import { ends, stress } from '../support/program.mjs'

const patient = { deadline: 120_000 }

for (const how of ['inline', 'module', 'used', 'late', 'reentrant']) {
  test(`S11: the sources of functions do not pile up: ${how}`, async t => {
    await ends(t, ['growth-texts.mjs', how, String(22_000 * stress)], patient)
  })
}

for (const how of ['cache', 'query', 'wrapper', 'loop']) {
  test(`S11: the package, evaluated 300 times on a thread, listens and opens once: ${how}`, async t => {
    await ends(t, ['growth-evaluations.mjs', how, '300'], patient)
  })
}
