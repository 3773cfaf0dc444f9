// The storms of `npm run soak`: what there is to be repeated is repeated, and what is lost is told.
//
// Promises that no program of `process/` is forgotten in their table, and that a loss comes with its output and the
// command that runs the same again.

import test from 'ava'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { programs, root } from '../support/program.mjs'
import { counted, storms } from '../../tools/storms.mjs'

/** Programs that show one thing, once, and parts of others. */
const others =
  `circles-found circles-none circles-support close-left code-cache died due exit foreign-bytes functions idle kept-items late-answers nats-ctrl-c nats-outage nats-partition no-memory no-thread observed-early output prewarm quiet
  replaced resources script-holes script-steps six-lines stood-still streams stuck terminal unheard user-worker support`.split(
    /\s+/,
  )

test('every program that can be repeated takes its turn', t => {
  const files = readdirSync(programs).filter(name => /^(?!.*(-tasks|-editor|\.spec)\.mjs).*\.mjs$/.test(name))
  const names = files.map(name => name.replace('.mjs', '')).filter(name => !others.includes(name))
  const table = readFileSync(join(root, 'tools/storms.mjs'), 'utf8')
  t.true(names.length > 20)
  t.deepEqual(
    names.filter(name => !table.includes(`${name}.mjs'`)),
    [],
  )
})

test('every storm says what its rounds are, and how many there are in a second', t => {
  for (const [name, { round, turn, rate, seconds }] of Object.entries(storms)) {
    t.is(typeof round, 'string', name)
    t.is(typeof turn, 'function', name)
    t.true(seconds === true || rate > 0, name)
  }
})

test('a program that is lost is told with its output and the command that runs it again, and counts for nothing', async t => {
  const program = "console.log('seed 17'); throw new Error('lost')"
  const { rounds, faults, losses } = await counted([['-e', program]], count => [count, count])(5, 60_000)
  t.deepEqual([rounds, faults, losses.length], [0, 0, 1])
  t.regex(losses[0].what, /^it ends with 1\nseed 17\n[^]*Error: lost/)
  t.is(losses[0].command, `cd __test__/process && node -e '${program.replaceAll("'", String.raw`'\''`)}' 5 17`)
})

test('a program that hangs is told as such', async t => {
  const hang = ['-e', 'setInterval(() => {}, 1000)']
  const { losses } = await counted([hang])(1, 1000)
  t.regex(losses[0].what, /^it hangs\n/)
})
