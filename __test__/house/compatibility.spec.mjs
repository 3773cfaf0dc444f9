// docs/compatibility.md is what `npm run test:ecosystem` writes when every project has done what is expected of it.
//
// Promises that nobody has written into the page by hand, and that it is written anew when a project or what is expected
// of it changes. Runs no project.

import test from 'ava'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../support/program.mjs'
import { compatibility } from '../ecosystem/compatibility.mjs'
import { faultsOf } from '../ecosystem/expected.mjs'
import { slugOf } from '../ecosystem/project.mjs'
import { projects } from '../ecosystem/projects/projects.mjs'

test('docs/compatibility.md says what is expected of every project', async t => {
  const page = readFileSync(join(root, 'docs/compatibility.md'), 'utf8')
  const [, where, node] = /written on ([\w ]+)\s+with\s+Node\.js\s+([\d.]+)\./.exec(page)
  t.is(page, await compatibility(where, node))
})

test('every project has a folder of its own', t => {
  t.is(new Set(projects.map(slugOf)).size, projects.length)
})

test('a project that does more than is expected of it is a fault, as one that does less', t => {
  const works = { code: 0, output: '', checks: { one: 'ok', two: 'ok' } }
  const differs = { two: [/captures/, 'It is refused.'] }
  t.is(faultsOf({}, works), undefined)
  t.regex(faultsOf({ differs }, works), /two: .* was expected: ok/)
  t.is(faultsOf({ differs }, { ...works, checks: { one: 'ok', two: 'captures `x`' } }), undefined)
  t.regex(faultsOf({}, { ...works, code: 1 }), /ended with 1/)
  t.regex(faultsOf({}, { code: 0, output: 'nothing' }), /has checked nothing/)
  t.regex(faultsOf({ refused: [/ERR_BUNDLED/, ''] }, works), /was to be refused/)
})
