// What a loop's output streams know of the terminal they lead to.
//
// Promises that it is what the main thread's know, and that there is no difference in what they print; shown by a program on
// a terminal that `script` makes, where there is one, and by the same program in a pipe.

import test from 'ava'
import { spawnSync } from 'node:child_process'
import { ends, PATIENCE, run } from '../support/program.mjs'

const hasScript = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0
const onTerminal = hasScript ? test : test.skip
const env = { TERM: 'xterm-256color', NO_COLOR: undefined, COLORTERM: undefined }

/** Runs a program on a terminal of this size, and returns what it has printed. */
async function printed(t, program, size = 'cols 77 rows 22') {
  t.timeout(PATIENCE)
  const command = `stty ${size}; exec '${process.execPath}' ${program}`
  const { stdout, code } = await run(['-qec', command, '/dev/null'], { command: 'script', env })
  t.is(code, 0, stdout)
  return stdout.replaceAll('\r\n', '\n')
}

onTerminal('R12: on a terminal, loops know its size and colours and print as the main thread does', async t => {
  const lines = (await printed(t, 'terminal.mjs resized')).split('\n')
  const thrice = lines.slice(0, 9)
  t.deepEqual(thrice.slice(0, 3), thrice.slice(3, 6))
  t.deepEqual(thrice.slice(0, 3), thrice.slice(6, 9))
  t.true(thrice[0].includes('\x1b[33m1\x1b[39m'), 'in colour')
  t.deepEqual(new Set(lines.slice(9, 12)).size, 1)
  t.is(lines[13], 'pass')
})

onTerminal('R12: the size is that of the moment it is asked for, whatever it was at the start', async t => {
  t.regex(await printed(t, 'terminal.mjs resized', 'cols 120 rows 40'), /"isTTY","true",true,(?:120|55),40[^]*pass\n$/)
})

test('R12: in a pipe, loops know of no terminal, and print without colours', async t => {
  t.timeout(PATIENCE)
  const { stdout } = await run(['terminal.mjs'], { env })
  const lines = stdout.split('\n')
  t.deepEqual(lines.slice(0, 2), lines.slice(2, 4))
  t.false(stdout.includes('\x1b'))
  t.is(lines.at(-2), 'pass')
  await ends(t, ['terminal.mjs'], { expected: { stdout, stderr: '{ a: 1 }\n'.repeat(3) }, env })
})
