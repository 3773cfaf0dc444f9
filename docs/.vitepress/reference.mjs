// The reference: a page for everything that is exported, made of the docstrings by TypeDoc.
//
// Promises that what is internal does not show: neither the base classes of the nouns, nor where a method comes from. Refuses
// docstrings that TypeDoc cannot read. Beside the pages it writes `sidebar.json`.

import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Application, Converter, PageEvent, ReflectionKind } from 'typedoc'

const options = {
  readme: 'none',
  plugin: ['typedoc-plugin-markdown', 'typedoc-plugin-missing-exports'],
  placeInternalsInOwningModule: true,
  disableSources: true,
  excludeExternals: true,
  excludePrivate: true,
  excludeProtected: true,
  sort: ['source-order'],
  validation: { notExported: false, invalidLink: true, notDocumented: false },
  logLevel: 'Warn',
  // How it is written.
  entryFileName: 'index',
  hidePageHeader: true,
  hideBreadcrumbs: true,
  useCodeBlocks: true,
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  typeDeclarationFormat: 'table',
}

/** What is not exported and yet met: what a client and its `sync` have beside the methods of the server's interface. */
const met = ['ClientBase', 'SyncBase', 'NameOptions']

const folders = {
  [ReflectionKind.Class]: 'classes',
  [ReflectionKind.Function]: 'functions',
  [ReflectionKind.Variable]: 'variables',
  [ReflectionKind.Interface]: 'interfaces',
  [ReflectionKind.TypeAlias]: 'type-aliases',
}

const sections = [
  ['Classes', reflection => reflection.kind === ReflectionKind.Class && !isError(reflection)],
  ['Functions', ({ kind }) => kind === ReflectionKind.Function],
  ['Errors', isError],
  ['Constants', ({ kind }) => kind === ReflectionKind.Variable],
  ['Options and reports', ({ kind }) => kind === ReflectionKind.Interface],
  ['Types', ({ kind }) => kind === ReflectionKind.TypeAlias],
]

/** Errors of the package have a `code`. */
function isError({ kind, children = [] }) {
  return kind === ReflectionKind.Class && children.some(({ name }) => name === 'code')
}

/** What TypeDoc has found but is not exported goes, but for what is met. */
function hideInternals(exported, project) {
  const shown = new Set([...exported, ...met])
  for (const reflection of project.children.filter(({ name }) => !shown.has(name))) project.removeReflection(reflection)
}

function hideOrigins(project) {
  for (const reflection of Object.values(project.reflections)) {
    for (const origin of ['overwrites', 'inheritedFrom', 'implementationOf', 'implementedTypes'])
      delete reflection[origin]
    const { typeHierarchy: bases } = reflection
    const isShown = bases?.isTarget || bases?.types.some(({ reflection: base, name }) => base || name === 'Error')
    if (bases && !isShown) reflection.typeHierarchy = bases.next
  }
}

/** The names of type parameters stand in the title; only what is told of them is worth a table. */
function hideBareNames(page) {
  page.contents = page.contents.replace(/^#+ Type Parameters\n\n\| Type Parameter \|\n\| -+ \|\n(\|.*(\n|$))+\n?/gm, '')
}

const here = import.meta.dirname

const byName = (a, b) => a.name.localeCompare(b.name, 'en')

/** The sections, each with what is in it. */
function listOf({ children }) {
  return sections.map(([text, isIn]) => ({ text, found: children.filter(isIn).sort(byName) }))
}

function sidebarOf(list) {
  return list.map(({ text, found }) => ({
    text,
    items: found.map(({ name, kind }) => ({ text: name, link: `/reference/${folders[kind]}/${name}` })),
    collapsed: !['Classes', 'Functions'].includes(text),
  }))
}

/** The first sentence of a docstring, on one line. */
function summaryOf({ comment, signatures }) {
  const text = (comment ?? signatures?.[0].comment)?.summary.map(part => part.text).join('') ?? ''
  return /^[^]*?[.:](?=\s|$)/.exec(text)?.[0].replace(/\s+/g, ' ').replaceAll('|', '\\|').replace(/:$/, '.') ?? ''
}

function indexOf(list) {
  const rows = ({ name, kind, ...reflection }) =>
    `| [\`${name}\`](${folders[kind]}/${name}.md) | ${summaryOf(reflection)} |`
  const tables = list.map(({ text, found }) => [
    `## ${text}`,
    '',
    '| name | |',
    '| --- | --- |',
    ...found.map(rows),
    '',
  ])
  const head = [
    '# Reference',
    '',
    'Everything that is exported, as the docstrings tell it: `top` by `threaded-async/top`, what is of NATS by `threaded-async/nats`, all else by `threaded-async`.',
    '[The API](../../../docs/api.md) has the same names on one page.',
    '',
  ]
  return [...head, ...tables.flat()].join('\n')
}

/** Writes the pages into a folder. */
export async function writeReference(root, folder) {
  rmSync(folder, { recursive: true, force: true })
  const entry = join(here, 'exports.ts')
  const tsconfig = join(here, 'tsconfig.json')
  const app = await Application.bootstrapWithPlugins({ ...options, entryPoints: [entry], tsconfig })
  const exported = [entry, join(root, 'index.ts')].flatMap(file => readFileSync(file, 'utf8').match(/\w+/g))
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => hideInternals(exported, project))
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => hideOrigins(project))
  app.renderer.on(PageEvent.END, hideBareNames)
  const project = await app.convert()
  if (project === undefined) throw new Error('The declarations do not compile.')
  app.validate(project)
  await app.outputs.writeOutput({ name: 'markdown', path: folder }, project)
  if (app.logger.hasErrors() || app.logger.hasWarnings()) throw new Error('TypeDoc cannot read the docstrings.')
  const missing = met.filter(name => !project.children.some(child => child.name === name))
  if (missing.length > 0) throw new Error(`The reference has no ${missing.join(', ')}.`)
  const list = listOf(project)
  writeFileSync(join(folder, 'index.md'), indexOf(list))
  writeFileSync(join(folder, 'sidebar.json'), JSON.stringify(sidebarOf(list)))
}
