// Circles of threads that wait for each other, and what only looks like one: each a program with a deadline, since one
// that was not found would hang.

import test from 'ava'
import { ends, run } from '../support/program.mjs'

const { stdout } = await run(['circles.mjs'])
const names = JSON.parse(stdout)

test('R5: there are circles, and what only looks like one', t => {
  t.true(names.length > 20)
})

for (const name of names) {
  test(`R5: ${name}`, async t => {
    await ends(t, ['circles.mjs', name])
  })
}
