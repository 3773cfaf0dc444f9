// What an editor shows over the public names: their docstrings.
//
// Promises that every function and class has an example, that every example compiles against the package's own types, and
// that no docstring sends its reader to a file that is not in the package. A name that an example does not declare is the
// package's, or stands for something usual: `stage` lists those.

import test from 'ava'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import * as library from 'threaded-async'
import { root } from '../support/program.mjs'
import { compiled } from '../support/typescript.mjs'

/** What an example may take for granted, and its type. */
const stage = {
  runner: 'AsyncRunner',
  queue: 'Queue<any>',
  orders: 'Queue<any>',
  results: 'Queue<any>',
  event: 'Event',
  stop: 'Event',
  future: 'Future<any>',
  task: 'BackgroundTask<any>',
  server: 'Server<any>',
  north: 'Server<any>',
  south: 'Server<any>',
  client: 'Client<any>',
  pool: 'RunnerPool',
  controller: 'AbortController',
  signal: 'AbortSignal',
  fs: "typeof import('node:fs')",
  tasks: '{ compress(file: string): Promise<{ name: string; size: number }> }',
  files: 'string[]',
  urls: 'string[]',
  bar: 'any',
  index: '(page: string) => void',
  crawl: '(queue: any) => Promise<void>',
  sendMails: '() => Promise<void>',
  isReady: '() => boolean',
  link: "import('threaded-async/nats').NatsLink",
  jobs: "import('threaded-async/nats').NatsQueue<any>",
  job: 'any',
  insert: '(rows: any) => any',
  serve: '(value: any) => any',
}

/** Modules that an example may import. */
const modules = `
declare module 'prettier' { export function format(text: string, options: object): Promise<string> }
`
const neighbours = { 'hash.mts': 'export declare function hash(file: string): Promise<string>' }

const declarations = readdirSync(join(root, 'dist')).filter(name => name.endsWith('.d.ts'))
const comments = declarations.flatMap(file => {
  const text = readFileSync(join(root, 'dist', file), 'utf8')
  return Array.from(text.matchAll(/\/\*\*[^]*?\*\//g), ([comment]) => ({ file, comment }))
})

/** The code of an example, as it stands in a comment. */
function codeOf(comment) {
  const [, text] = comment.match(/@example\n([^]*?)(?=\n\s*\* @|\*\/$)/)
  return text
    .replace(/^\s*\* ?/gm, '')
    .replace(/^```.*$/gm, '')
    .replaceAll('./hash.js', './hash.mjs')
    .trim()
}

const examples = comments
  .filter(({ comment }) => comment.includes('@example'))
  .map(({ file, comment }, number) => ({ file, name: `example-${number}.mts`, code: codeOf(comment) }))

const names = Array.from(
  readFileSync(join(root, 'dist/index.d.ts'), 'utf8').matchAll(/^export (?:type )?\{ ([^}]*) \};$/gm),
  ([, list]) => list.split(', '),
).flat()

/** A module that imports what the example uses, and declares what it takes for granted. */
function moduleOf(code) {
  const isUsed = name => new RegExp(`(?<![.\\w'-])${name}\\b`).test(code)
  const isDeclared = name =>
    new RegExp(`\\b(?:const|let|using|class|function) (?:[{[][^=}\\]]*)?\\b${name}\\b`).test(code)
  const given = Object.entries(stage).filter(([name]) => isUsed(name) && !isDeclared(name))
  const types = given.map(([, type]) => type).join(' ')
  const imported = names.filter(name => (isUsed(name) && !isDeclared(name)) || new RegExp(`\\b${name}\\b`).test(types))
  const specifiers = imported.map(name => (name in library ? name : `type ${name}`))
  const lines = given.map(([name, type]) => `declare const ${name}: ${type}`)
  return `import { ${specifiers.join(', ')} } from 'threaded-async'\n${lines.join('\n')}\n${code}\nexport {}\n`
}

test('every public function and class has an example', t => {
  const text = declarations.map(file => readFileSync(join(root, 'dist', file), 'utf8')).join('\n')
  const isShown = name => {
    const declaration = `declare (?:abstract )?(?:class|function|const) ${name}\\b`
    const found = text.match(new RegExp(`(/\\*\\*(?:(?!\\*/)[^])*\\*/)\\s*${declaration}`))
    return found?.[1].includes('@example')
  }
  t.true(names.length > 50)
  t.deepEqual(
    Object.keys(library).filter(name => !isShown(name)),
    [],
  )
})

test('every example compiles', async t => {
  t.timeout(600_000)
  const directory = mkdtempSync(join(tmpdir(), 'threaded-async-hovers-'))
  t.teardown(() => rmSync(directory, { recursive: true, force: true }))
  const installed = join(directory, 'node_modules')
  mkdirSync(installed)
  symlinkSync(root, join(installed, 'threaded-async'), 'junction')
  symlinkSync(join(root, 'node_modules/@types'), join(installed, '@types'), 'junction')
  writeFileSync(join(directory, 'modules.d.ts'), modules)
  for (const [name, code] of Object.entries(neighbours)) writeFileSync(join(directory, name), code)
  for (const { name, code } of examples) writeFileSync(join(directory, name), moduleOf(code))
  const { stdout, code: exitCode } = await compiled(directory, ['*.mts', '*.d.ts'])
  t.true(examples.length > 30)
  t.is(exitCode === 0, stdout === '')
  const failed = examples.filter(({ name }) => stdout.includes(name))
  t.is(stdout, '', failed.map(({ name, file, code }) => `${name} of ${file}:\n${code}`).join('\n\n'))
})

test('no docstring leads to a file that is not in the package', t => {
  const { files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const isShipped = name => files.some(file => name === file || name.startsWith(`${file}/`))
  const leads = comments.flatMap(({ file, comment }) => {
    const prose = comment.replace(/@example[^]*?(?=\n\s*\* @|\*\/$)/g, '')
    // A path, or a source's or a page's name. What is quoted as a value, such as './tasks.js', is none.
    const found = prose.match(/(?<!['"\w.])(?:[\w-]+\/)*[\w-]+\.(?:rs|md|mjs|cjs|ts)\b/g) ?? []
    return found
      .filter(name => !isShipped(name) && !isShipped(join(dirname(file), name)))
      .map(name => `${file}: ${name}`)
  })
  t.deepEqual(leads, [])
})
