// The documentation site, as far as it needs no VitePress: `npm run docs` builds it, and .ci/run does.

import test from 'ava'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { anchorOf, linked } from '../../docs/.vitepress/markdown.mjs'
import { addressOf, sections, titleOf, writtenPages } from '../../docs/.vitepress/pages.mjs'
import { deadLinks, foreignLoads } from '../../tools/links.mjs'
import { root } from '../support/program.mjs'

test('every page of docs/ stands in the sidebar, once, and has a title', t => {
  const shown = sections().flatMap(({ pages }) => pages)
  t.is(new Set(shown).size, shown.length)
  const docs = readdirSync(join(root, 'docs')).filter(name => name.endsWith('.md') && name !== 'index.md')
  t.deepEqual(
    docs.map(name => `docs/${name}`).filter(page => !shown.includes(page)),
    [],
  )
  for (const page of shown) t.regex(titleOf(page), /\S/)
})

test('no two pages stand in the same place', t => {
  const addresses = writtenPages().map(addressOf)
  t.is(new Set(addresses).size, addresses.length)
})

for (const [heading, anchor] of [
  ['Which verb blocks', 'which-verb-blocks'],
  ['await task is not its result', 'await-task-is-not-its-result'],
  ['`getWait`, `putWait` & co.', 'getwait-putwait--co'],
  ['A — dash, and (brackets)?', 'a--dash-and-brackets'],
  ['Node.js 20.19+', 'nodejs-2019'],
  ['20 things', '20-things'],
  ['snake_case, kebab-case', 'snake_case-kebab-case'],
  ['Größe über Maß', 'größe-über-maß'],
]) {
  test(`the anchor of "${heading}" is GitHub's`, t => t.is(anchorOf(heading), anchor))
}

for (const [page, href, expected] of [
  ['docs/api.md', 'crossing.md#errors', '/crossing#errors'],
  ['docs/api.md', './crossing.md', '/crossing'],
  ['docs/api.md', '../README.md#traps', '/start#traps'],
  ['README.md', 'docs/api.md?plain=1#queue', '/api?plain=1#queue'],
  ['README.md', 'examples/README.md', '/examples'],
  ['examples/README.md', 'rust/queue_worker.rs', '/source/examples/rust/queue_worker.rs'],
  ['docs/releasing.md', '../.github/workflows/ci.yml', '/source/github/workflows/ci.yml'],
  ['target/site/reference/index.md', 'classes/Queue.md', '/reference/classes/Queue'],
]) {
  test(`on the site ${href} of ${page} is ${expected}`, t => {
    const { file, rest } = linked(page, href)
    t.is(addressOf(file) + rest, expected)
  })
}

test('links within a page, from the root, and to elsewhere stay as they are', t => {
  for (const href of ['#queue', '/start', 'https://nodejs.org/api/', 'mailto:a@b.example']) {
    t.is(linked('docs/api.md', href), undefined)
  }
})

/** What the checks say of a site of these files. */
function check(t, files, base) {
  const folder = mkdtempSync(join(tmpdir(), 'threaded-async-site-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return { dead: deadLinks(folder, base), foreign: foreignLoads(folder) }
}

test('links that lead somewhere are left alone', t => {
  const files = {
    'index.html': '<a href="/a/">1</a><a href="/a/b.html#x%C3%A9">2</a><a href="https://x.example/none#y">3</a>',
    'a/index.html': '<a href="b.html">1</a><a href="../">2</a><a href="#y" id="y">3</a><img src="/c.svg">',
    'a/b.html': '<h2 id="xé">x</h2>',
    'c.svg': '',
  }
  t.deepEqual(check(t, files), { dead: [], foreign: [] })
})

test('a page, a heading and a picture that are not there are named', t => {
  const page =
    '<a href="/none.html">1</a> <a href="#none">2</a> <a href="b.html#none">3</a> <img alt="" src="none.svg">'
  const { dead } = check(t, { 'a.html': page, 'b.html': '' })
  t.deepEqual(
    dead,
    ['/none.html', '#none', 'b.html#none', 'none.svg'].map(link => `a.html: ${link}`),
  )
})

test('below a folder of its host, a link to the root of the host is dead', t => {
  const { dead } = check(t, { 'a.html': '<a href="/a.html">1</a><a href="/x/a.html">2</a>' }, '/x/')
  t.deepEqual(dead, ['a.html: /a.html'])
})

test('what a page would load from another host is named, and what it links to there is not', t => {
  const files = {
    'a.html': '<script type="module" src="https://x.example/a.js"></script><a href="https://x.example/">1</a>',
    'b.html': '<link rel="stylesheet" href="//x.example/b.css">',
    'c.css': '@font-face { src: url("https://x.example/c.woff2") } p { background: url(data:image/png;base64,AA) }',
  }
  t.deepEqual(check(t, files).foreign, [
    'a.html: https://x.example/a.js',
    'b.html: //x.example/b.css',
    'c.css: https://x.example/c.woff2',
  ])
})
