// Plays games of the arena, each in a process of its own.
//
// Promises that a game which ends in another way than is expected fails the test, and that nothing of it is left when
// the specs are through.

import test from 'ava'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { attend, PATIENCE } from '../support/program.mjs'

const arena = fileURLToPath(new URL('../../examples/arena.mjs', import.meta.url))
const directory = mkdtempSync(join(tmpdir(), 'threaded-async-arena-'))
const ended = { code: 0, signal: null, isLate: false, stderr: '' }
let games = 0

test.after.always(() => rmSync(directory, { recursive: true, force: true }))

/** Plays a game to its end. */
export async function play(t, args, { env, attendant, expected } = {}) {
  t.timeout(PATIENCE)
  const { stdout, ms, ...others } = await attend([arena, ...args], { cwd: directory, env }, attendant)
  t.deepEqual(others, { ...ended, ...expected })
  return { stdout, ms }
}

/** The same, with its replay. */
export async function record(t, args) {
  const file = `${++games}.html`
  const { stdout } = await play(t, [...args, '--replay', file])
  const page = readFileSync(join(directory, file), 'utf8')
  return { stdout: stdout.replace(file, 'the file'), page, path: join(directory, file) }
}

/** What a page plays. */
export function dataOf(page) {
  return JSON.parse(/<script id="game" type="application\/json">([^]*?)<\/script>/.exec(page)[1])
}

/** The plain frames: of each tick its grid, without the frame around it. */
export function framesOf(stdout) {
  return stdout
    .split('\n\n')
    .filter(frame => frame.startsWith('tick '))
    .map(frame => frame.match(/(?<=│).*(?=│)/g).join('\n'))
}
