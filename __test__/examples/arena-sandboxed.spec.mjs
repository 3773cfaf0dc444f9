// The arena with sandboxed scripts: `examples/arena.mjs --sandboxed`.
//
// Promises that scripts in engines of their own play the game that tasks play, whatever the number of threads; that a script
// which does harm is ended alone, always in the same place; and that a saved game goes on as if it had never stopped.

import test from 'ava'
import { readFileSync } from 'node:fs'
import { dataOf, framesOf, play, record } from './arena-games.mjs'

const sandboxed = ['--sandboxed', '--scripts', '16', '--size', '30x12']
const endingsOf = stdout => stdout.match(/^\S+ was ended in tick .*$/gm) ?? []

test('sandboxed scripts play, byte for byte, the game that the same scripts play as tasks', async t => {
  const game = ['--ticks', '40', '--seed', 'both', '--scripts', '16', '--size', '30x12']
  const [asTasks, inSandboxes] = [await record(t, game), await record(t, [...game, '--sandboxed'])]
  t.is(inSandboxes.page, asTasks.page)
  t.is(inSandboxes.stdout, asTasks.stdout)
})

test('the same seed writes the same replay with 1 and with 8 threads, whatever time a frame has, rogues included', async t => {
  const game = [...sandboxed, '--rogues', '3', '--ticks', '40', '--seed', 'threads']
  const { stdout, page } = await record(t, game)
  for (const others of [
    ['--threads', '8'],
    ['--threads', '2', '--budget', '1'],
    ['--threads', '8', '--requests', '1'],
  ]) {
    t.deepEqual({ ...(await record(t, [...game, ...others])), path: '' }, { stdout, page, path: '' }, others.join(' '))
  }
})

test('scripts that spin, flood and leak are ended alone, and the others play on', async t => {
  const { stdout, page } = await record(t, [...sandboxed, '--rogues', '3', '--ticks', '30'])
  const endings = endingsOf(stdout)
  t.is(endings.length, 3, stdout)
  t.regex(endings[0], /^hunter-4 was ended in tick \d+, ERR_SCRIPT_BUDGET: .*hunter-4/)
  t.regex(endings[1], /^wanderer-4 was ended in tick \d+, ERR_SCRIPT_BUDGET: .*wanderer-4/)
  t.regex(endings[2], /^ambusher-4 was ended in tick \d+, ERR_SCRIPT_MEMORY: .*ambusher-4/)
  t.is(framesOf(stdout).length, 30)
  // The others act in the last ticks as well; what the rogues' robots do there, they suffer.
  const active = new Set()
  for (const { robots } of dataOf(page).frames.slice(-10))
    for (let i = 0; i < robots.length; i += 4) active.add(robots[i])
  t.true(active.size > 8, [...active].join())
})

test('a saved game goes on in another process, byte for byte as if it had never stopped', async t => {
  const game = [...sandboxed, '--seed', 'saved']
  const whole = await record(t, [...game, '--ticks', '60'])
  await play(t, [...game, '--ticks', '1', '--save', 'saved-1'])
  let frames = []
  for (const [from, ticks] of [
    [1, 2],
    [2, 17],
    [17, 40],
  ]) {
    const { stdout } = await play(t, ['--restore', `saved-${from}`, '--ticks', `${ticks}`, '--save', `saved-${ticks}`])
    frames.push(...framesOf(stdout))
  }
  const last = await record(t, ['--restore', 'saved-40', '--ticks', '60', '--threads', '8'])
  frames.push(...framesOf(last.stdout))
  t.is(last.page, whole.page)
  t.deepEqual(frames, framesOf(whole.stdout).slice(1))
})

test('a saved game can be gone on with twice, and both go the same way', async t => {
  await play(t, [...sandboxed, '--seed', 'twice', '--ticks', '20', '--save', 'twice'])
  const [one, other] = [
    await record(t, ['--restore', 'twice', '--ticks', '40']),
    await record(t, ['--restore', 'twice', '--ticks', '40', '--threads', '4']),
  ]
  t.is(one.page, other.page)
})

test('rogues that were ended before a game was saved stay so, and those that are still to come do their harm', async t => {
  const game = [...sandboxed, '--rogues', '6', '--seed', 'rogues']
  const whole = await record(t, [...game, '--ticks', '30'])
  const before = await play(t, [...game, '--ticks', '4', '--save', 'rogues'])
  const after = await record(t, ['--restore', 'rogues', '--ticks', '30'])
  t.is(after.page, whole.page)
  t.deepEqual(endingsOf(after.stdout), endingsOf(whole.stdout))
  const [early, all] = [endingsOf(before.stdout).length, endingsOf(whole.stdout).length]
  t.true(early > 0 && early < all, `${early} of ${all}`)
})

test('what only sandboxed scripts can do is refused without them, and a game that is not there by its name', async t => {
  const failed = message => ({ expected: { code: 1, stderr: `arena: ${message}\n` } })
  await play(t, ['--threads', '2'], failed('--threads needs --sandboxed'))
  await play(t, ['--save', 'x'], failed('--save needs --sandboxed'))
  await play(t, ['--restore', 'nowhere'], failed('there is no game nowhere'))
  t.is(readFileSync(new URL('../../examples/arena/minds.mjs', import.meta.url), 'utf8').match(/^import /gm), null)
})
