// The documentation site: `npm run docs` builds it into target/site/out.
//
// Promises that a link that leads nowhere fails the build, one to a heading included, and so does what a page would load from
// another host. What builds it is not among the dependencies of the package: it is installed here when it is needed.
// With `--serve` the pages are shown while they are written; `--base /folder/` is for a site below the root of its host.

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, extname, join, posix } from 'node:path'
import { parseArgs } from 'node:util'
import { addressOf, writtenPages } from '../docs/.vitepress/pages.mjs'
import { linked } from '../docs/.vitepress/markdown.mjs'
import { deadLinks, foreignLoads } from './links.mjs'
import { dependencies, fail, root, run } from './prepare.mjs'

const tool = 'docs/.vitepress'
const made = join(root, 'target', 'site')
const out = join(made, 'out')

/** What the highlighter calls otherwise than files do. */
const languages = { '': 'text', cjs: 'js', mjs: 'js', mts: 'ts', svg: 'xml' }

/** The files of the repository that are no pages, and to which a page links. */
function linkedFiles() {
  const pages = writtenPages()
  const files = pages.flatMap(page => {
    const links = readFileSync(join(root, page), 'utf8').matchAll(/(?<!!\[[^\]]*)\]\(([^)\s]+)\)/g)
    return Array.from(links, ([, href]) => linked(page, href)?.file)
  })
  return [...new Set(files)].filter(file => file && !pages.includes(file) && existsSync(join(root, file)))
}

/** A page that shows a file. */
function sourcePage(file) {
  const text = readFileSync(join(root, file), 'utf8').trimEnd()
  const settings = ['search', 'sidebar', 'outline', 'prev', 'next'].map(name => `${name}: false`)
  const extension = extname(file).slice(1)
  const language = languages[extension] ?? extension
  const fence = '`'.repeat(5)
  const head = ['---', ...settings, '---', '', `# ${posix.basename(file)}`, '', `\`${file}\``, '']
  return [...head, `${fence}${language}`, text, fence, ''].join('\n')
}

function writeSources() {
  rmSync(join(made, 'source'), { recursive: true, force: true })
  for (const file of linkedFiles()) {
    const path = join(made, `${addressOf(file)}.md`)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, sourcePage(file))
  }
}

async function main() {
  const options = { serve: { type: 'boolean' }, base: { type: 'string', default: '/' } }
  const { serve, base } = parseArgs({ options }).values
  dependencies(false)
  dependencies(false, tool)
  const { writeReference } = await import('../docs/.vitepress/reference.mjs') // It needs the dependencies.
  await writeReference(root, join(made, 'reference'))
  writeSources()
  const program = join(tool, 'node_modules', 'vitepress', 'bin', 'vitepress.js')
  run(process.execPath, [program, serve ? 'dev' : 'build', 'docs', '--base', base])
  if (serve) return
  const wrong = [...deadLinks(out, base), ...foreignLoads(out)]
  if (wrong.length > 0) fail(`These lead nowhere, or load something from elsewhere:\n${wrong.join('\n')}`)
  console.log('The site is in target/site/out.')
}

try {
  await main()
} catch (error) {
  // A program that was run has told by itself what is wrong.
  fail(error.status === undefined ? error.message : '')
}
