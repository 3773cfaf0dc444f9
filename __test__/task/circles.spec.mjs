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

const inline = async (t, CIRCLE, file = 'circles/inline.mjs') =>
  (await passes(t, [file], { env: { CIRCLE } })).slice(0, 2)

for (const how of ['own', 'blocks', 'late', 'two', 'named']) {
  test(`a file that starts an inline function which imports it, as a loop imports it, is refused: ${how}`, async t => {
    t.deepEqual(await inline(t, how), ['ERR_INVALID_STATE', how === 'two' ? 'imports 3' : 'imports 2'])
  })
}

test('a file that starts an inline function which requires it, as a loop requires it, is refused', async t => {
  t.deepEqual(await inline(t, '', 'circles/inline.cjs'), ['ERR_INVALID_STATE', 'imports 2'])
})

for (const how of ['helper', 'self']) {
  test(`inline functions may create tasks of themselves by what they import of their own file: ${how}`, async t => {
    t.deepEqual(await inline(t, how), ['result 3', 'imports 5'])
  })
}
