// The snippets of the README and of docs/ are programs: each is run as it stands, and what it prints is compared.
//
// A block of `js` or `ts` runs as an ES module in a directory with the package installed. The `text` block right after
// it is its standard output; without one it prints nothing. Nothing may go to stderr. A block whose first line is a comment
// with the name of a file (`// tasks.mjs`) is that file, beside the programs of its page. Those of the README and of
// docs/typescript.md type-check. The tables of docs/api.md must name every export, every method and every code. Links must
// lead somewhere.

import test from 'ava'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import * as library from 'threaded-async'
import { anchorOf } from '../../docs/.vitepress/markdown.mjs'
import { ends, root } from '../support/program.mjs'
import { compiled } from '../support/typescript.mjs'

const pages = [
  'README.md',
  'docs/api.md',
  'docs/traps.md',
  'docs/typescript.md',
  'docs/compatibility.md',
  'docs/bundlers.md',
  'docs/testing.md',
  'docs/debugging.md',
  'docs/observing.md',
  'docs/recipes.md',
  'docs/migrating.md',
  'docs/control-inversion.md',
  'docs/scripts.md',
  'docs/beyond.md',
  'docs/behaviours.md',
  'docs/design.md',
  'docs/crossing.md',
  'docs/porting.md',
  'docs/performance.md',
  'docs/reliability.md',
  'docs/releasing.md',
  'examples/README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'CODE_OF_CONDUCT.md',
  'CHANGELOG.md',
]
/** Outside of code, brackets are links. */
const proseOf = page =>
  textOf(page)
    .replace(/^```[^]*?^```/gm, '')
    .replace(/`[^`]*`/g, '')
const textOf = page => readFileSync(join(root, page), 'utf8')
const directory = mkdtempSync(join(tmpdir(), 'threaded-async-readme-'))

/** Each page's programs have a folder of their own. */
const folderOf = page => join(directory, page.replace(/\W/g, '-'))

/** The programs and files of a page, each with its place and its output. */
function snippetsOf(page) {
  const text = textOf(page)
  const block = /^```(js|ts)\n([^]*?)^```\n(?:\n```text\n([^]*?)^```\n)?/gm
  return Array.from(text.matchAll(block), ({ index, 1: language, 2: code, 3: output = '' }) => {
    const line = text.slice(0, index).split('\n').length + 1
    const file = /^\/\/ ([\w.-]+\.\w+)$/.exec(code.split('\n')[0])?.[1]
    const name = file ?? `${line}.${language === 'ts' ? 'mts' : 'mjs'}`
    return { page, line, language, code, output, isProgram: file === undefined, path: join(folderOf(page), name) }
  })
}

const blocks = pages.flatMap(snippetsOf)
const snippets = blocks.filter(({ isProgram }) => isProgram)

test.before(() => {
  mkdirSync(join(directory, 'node_modules'))
  symlinkSync(root, join(directory, 'node_modules/threaded-async'), 'junction')
  for (const name of ['@types', 'piscina', 'prettier', 'synckit', 'tsx']) {
    symlinkSync(join(root, 'node_modules', name), join(directory, 'node_modules', name), 'junction')
  }
  for (const page of pages) mkdirSync(folderOf(page))
  for (const { path, code } of blocks) writeFileSync(path, code)
})

test.after.always(() => rmSync(directory, { recursive: true, force: true }))

for (const { page, line, language, output, path } of snippets) {
  test.serial(`${page}:${line} prints what it says`, async t => {
    const flags = language === 'ts' ? ['--import', import.meta.resolve('tsx')] : []
    await ends(t, [...flags, path], { cwd: dirname(path), expected: { stdout: output } })
  })
}

test('the README has programs, and each has an output', t => {
  const own = snippets.filter(({ page }) => page === 'README.md')
  t.true(own.length >= 6)
  t.deepEqual(
    own.filter(({ output }) => output === '').map(({ line }) => line),
    [],
  )
})

test('the programs of the README and of docs/typescript.md type-check', async t => {
  // In JavaScript, what was caught may be anything.
  const javascript = { allowJs: true, checkJs: true, useUnknownInCatchVariables: false }
  const { stdout } = await compiled(directory, ['README-md/*', 'docs-typescript-md/*'], javascript)
  t.is(stdout, '')
})

test('the README has at most 350 lines', t => {
  t.true(textOf('README.md').trimEnd().split('\n').length <= 350)
})

test('docs/api.md names every export, and every method of its classes', t => {
  const text = textOf('docs/api.md')
  const { AsyncRunner, BackgroundTask, Client, Event, Future, Queue, RunnerPool, Server } = library
  const members = [AsyncRunner, BackgroundTask, Client, Event, Future, Queue, RunnerPool, Server].flatMap(
    ({ prototype }) =>
      Object.getOwnPropertyNames(prototype).filter(name => name !== 'constructor' && name !== 'failures'),
  )
  const names = new Set([...Object.keys(library), ...members])
  const isNamed = name => new RegExp(`\\b${name}\\b`).test(text)
  t.deepEqual(
    [...names].filter(name => !isNamed(name)),
    [],
  )
})

test('docs/api.md names every option', t => {
  const { AsyncRunner, Queue, RunnerPool, Server, synchronized } = library
  const unlike = { Ω: 1 }
  const pool = new RunnerPool({ size: 1 })
  const refusals = [
    t.throws(() => new AsyncRunner(unlike)),
    t.throws(() => new Server(unlike)),
    t.throws(() => new Queue(unlike)),
    t.throws(() => new RunnerPool(unlike)),
    t.throws(() => synchronized('none', unlike)),
    t.throws(() => pool.createTask(() => 1, [], unlike)),
    t.throws(() => pool.mapWait(() => 1, [], unlike)),
  ]
  const names = refusals.flatMap(({ message }) => Array.from(message.matchAll(/'(\w+)'/g), ([, name]) => name))
  t.true(names.length > 30, names.join())
  const text = textOf('docs/api.md')
  t.deepEqual(
    names.filter(name => !new RegExp(`\\b${name}\\b`).test(text)),
    [],
  )
})

test('docs/api.md gives every error its code', t => {
  const rows = textOf('docs/api.md').matchAll(/^\| `(\w+)` +\| `(ERR_\w+)` +\|/gm)
  const errors = Object.entries(library).filter(([, value]) => value?.prototype instanceof Error)
  t.deepEqual(
    Object.fromEntries(Array.from(rows, ([, name, code]) => [name, code])),
    Object.fromEntries(errors.map(([name, ErrorClass]) => [name, new ErrorClass([]).code])),
  )
})

const anchorsOf = page => Array.from(textOf(page).matchAll(/^#+ (.+)$/gm), ([, heading]) => anchorOf(heading))

test('links to a heading lead to one', t => {
  const links = pages.flatMap(page =>
    Array.from(proseOf(page).matchAll(/\]\(([^)#:]*\.md)?#([^)]+)\)/g), ([, to, anchor]) => {
      return { page, to: to === undefined ? page : join(dirname(page), to), anchor }
    }),
  )
  t.true(links.length > 0)
  t.deepEqual(
    links.filter(({ to, anchor }) => !anchorsOf(to).includes(anchor)),
    [],
  )
})

test('links lead somewhere', t => {
  const dead = pages.flatMap(page =>
    Array.from(proseOf(page).matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g), ([, link]) =>
      join(dirname(page), link),
    ).filter(path => !existsSync(join(root, path))),
  )
  t.deepEqual(dead, [])
})
