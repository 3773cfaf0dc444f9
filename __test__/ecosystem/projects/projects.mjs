// All projects, in the groups of docs/compatibility.md.

import { bundlers } from './bundlers.mjs'
import { compilers } from './compilers.mjs'
import { managers } from './managers.mjs'
import { runners } from './runners.mjs'
import { runtimes } from './runtimes.mjs'
import { users } from './users.mjs'

export const groups = [
  { title: 'Test runners', text: 'The checks are made within a test.', members: runners },
  { title: 'Compilers', text: 'TypeScript is run, or compiled and then run.', members: compilers },
  { title: 'Bundlers', text: 'The program is bundled, and the bundle is run.', members: bundlers },
  { title: 'Package managers', text: 'The package is installed, and the program is run.', members: managers },
  { title: 'Runtimes', text: 'x', members: runtimes },
  { title: 'Uses', text: 'x', members: users },
]

export const projects = groups.flatMap(({ members }) => members)

export const introduction = (count, where) => `# Compatibility

What was tried.
${count} ${where}
`
