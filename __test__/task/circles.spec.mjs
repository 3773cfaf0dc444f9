// A module that is its own task module, and whose top starts tasks of it: an error, not one loop after another.
//
// Promises that tasks which other tasks create in their functions are no circle, however deep they go.

import test from 'ava'
import { passes } from '../support/program.mjs'

const program = 'circles/self.mjs'
const imports = async (t, CIRCLE) => (await passes(t, [program], { env: { CIRCLE } })).slice(0, 2)

const circles = {
  'that its top awaits': 'own',
  'by callInLoop': 'plain',
  'by way of another task module': 'other',
  'by way of the function of another task module': 'body',
}

for (const [name, how] of Object.entries(circles)) {
  test(`a module that starts its own tasks as a loop imports it is refused: ${name}`, async t => {
    t.deepEqual(await imports(t, how), ['ERR_INVALID_STATE', 'imports 2'])
  })
}

test('a module that starts its own tasks some time after a loop has imported it is refused, too', async t => {
  const lines = await imports(t, 'later')
  t.is(lines[1], 'imports 2')
})

test('tasks may create tasks of their own module in their functions', async t => {
  t.deepEqual(await imports(t, 'nested'), ['result 3', 'imports 5'])
})
