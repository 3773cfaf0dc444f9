// How a loop comes by the package's code: compiled by its maker, or anew.
//
// Promises that a loop comes up and works in either case.

import test from 'ava'
import * as module from 'node:module'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ends } from '../support/program.mjs'

test('a loop takes over what its maker has compiled', async t => {
  await ends(t, ['code-cache.mjs', 'plain'])
})

test('where V8 refuses that, as its flags have changed, a loop compiles anew', async t => {
  await ends(t, ['code-cache.mjs', 'flags'])
})

const keeping = module.enableCompileCache === undefined ? test.skip : test
keeping("where Node keeps a compile cache of its own, that is the loops', too", async t => {
  const folder = mkdtempSync(join(tmpdir(), 'threaded-async-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const env = { NODE_COMPILE_CACHE: folder }
  await ends(t, ['code-cache.mjs', 'kept'], { env })
  await ends(t, ['code-cache.mjs', 'kept'], { env })
})
