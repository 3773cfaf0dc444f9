// Which files of the repository are pages of the site, where they stand there, and in which order they are read.
//
// Promises that every page of docs/ is in the sidebar: what is not named here is put at the end of the reference.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** Where the pages are that are made, and not written. */
const made = 'target/site/'

/** Pages outside of docs/, with their address. */
const elsewhere = {
  'README.md': '/start',
  'examples/README.md': '/examples',
  'src/README.md': '/rust',
  'CHANGELOG.md': '/changelog',
  'CONTRIBUTING.md': '/contributing',
  'CODE_OF_CONDUCT.md': '/code-of-conduct',
  'SECURITY.md': '/security',
}

const order = [
  ['Start', 'README.md', 'examples/README.md'],
  [
    'Guide',
    'docs/control-inversion.md',
    'docs/scripts.md',
    'docs/beyond.md',
    'docs/crossing.md',
    'docs/debugging.md',
    'docs/observing.md',
    'docs/testing.md',
    'docs/recipes.md',
    'docs/typescript.md',
    'docs/bundlers.md',
    'docs/migrating.md',
    'docs/traps.md',
  ],
  [
    'Reference',
    'docs/api.md',
    'docs/performance.md',
    'docs/reliability.md',
    'docs/compatibility.md',
    'docs/porting.md',
    'src/README.md',
    'CHANGELOG.md',
  ],
  [
    'The house',
    'docs/design.md',
    'docs/wire-format.md',
    'docs/behaviours.md',
    'docs/releasing.md',
    'CONTRIBUTING.md',
    'SECURITY.md',
    'CODE_OF_CONDUCT.md',
  ],
]

/** In the sidebar a page is named by its first heading, but for those. */
const names = {
  'README.md': 'Getting started',
  'docs/api.md': 'API on one page',
  'docs/typescript.md': 'TypeScript and tools',
  'src/README.md': 'The Rust crate',
}

const docs = () =>
  readdirSync(join(root, 'docs'))
    .filter(name => name.endsWith('.md'))
    .map(name => `docs/${name}`)

/** The pages that are written, as paths in the repository. */
export const writtenPages = () => [...docs(), ...Object.keys(elsewhere)].filter(page => existsSync(join(root, page)))

/** Where a page stands on the site, without its ending; of any other file, where its source is shown. No name begins with a dot. */
export function addressOf(file) {
  if (file in elsewhere) return elsewhere[file]
  if (file.startsWith(made)) return `/${file.slice(made.length, -3)}`
  return /^docs\/[^/]+\.md$/.test(file)
    ? `/${file.slice('docs/'.length, -3)}`
    : `/source/${file.replace(/(?<=^|\/)\./g, '')}`
}

export const titleOf = page => names[page] ?? /^# (.+)$/m.exec(readFileSync(join(root, page), 'utf8'))[1]

/** The sidebar: its sections, with the pages that are there. */
export function sections() {
  const [named, there] = [order.flat(), writtenPages()]
  const others = docs().filter(page => !named.includes(page) && page !== 'docs/index.md')
  return order.map(([text, ...pages]) => {
    const rest = text === 'Reference' ? others : []
    return { text, pages: [...pages.filter(page => there.includes(page)), ...rest] }
  })
}
