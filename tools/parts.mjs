// Which module of lib is in which file of dist, and how one file gets at the modules of another.
//
// Promises that each module is in one file. `base` is what every thread loads: what a loop runs and what the others share.
// An import of a module that is in another file becomes `modulesIn('front')['queue']()`, of which `lib/native/parts.ts` is
// the other end.

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { parse } from 'acorn'
import { transform } from 'esbuild'

/** The first modules of each file; those that they import come with them. */
const roots = {
  base: [
    'lib/parts/base.ts',
    'lib/globals.ts',
    // Where little stack is left, they look at variables that change.
    'lib/wait/doors.ts',
    'lib/wait/select.ts',
    'lib/wait/items.ts',
    'lib/queue/taking.ts',
  ],
  front: ['lib/parts/whole.ts'],
  synchronized: ['lib/synchronized/remotes.ts', 'lib/synchronized/loop.ts'],
  pool: ['lib/pool/map.ts'],
  serving: ['blocking', 'clock', 'live', 'request', 'server-wait'].map(name => `lib/serving/${name}.ts`),
  loop: ['lib/loop/worker.ts'],
  functions: ['lib/functions/describe.ts', 'lib/functions/origin.ts', 'lib/functions/caller-file.ts'],
  helpers: ['lib/functions/helpers/table.ts', 'lib/functions/helpers/root.ts'],
}
export const parts = Object.keys(roots)

/** What the front imports of these is functions and classes, which load the file when they are first called. */
const late = ['synchronized', 'pool', 'serving']
/** Some ask Node.js for something as they are loaded, which a program may have tampered with. */
const asking = ['synchronized', 'pool']
const lateRoots = new Map(late.flatMap(part => roots[part].map(file => [file, part])))

/** Its values are written where they are used. */
const everywhere = 'lib/native/protocol.ts'

/** Returns for each module its imports and what it exports, types left out: `{ imports: [[file, names]], names }`. */
export async function modulesOf(root) {
  const files = readdirSync(join(root, 'lib'), { recursive: true }).filter(file => file.endsWith('.ts'))
  const entries = ['index.ts', ...files.map(file => `lib/${file.replaceAll('\\', '/')}`)].map(async file => {
    const { code } = await transform(readFileSync(join(root, file), 'utf8'), { loader: 'ts', target: 'node20' })
    const { body } = parse(code, { ecmaVersion: 'latest', sourceType: 'module' })
    return [file, facts(file, body)]
  })
  return new Map(await Promise.all(entries))
}

function facts(file, body) {
  const found = { imports: [], names: new Set(), changing: new Set(), callable: new Set() }
  for (const node of body) {
    const from = node.source?.value.startsWith('.') ? ownFile(file, node.source.value) : undefined
    const names = (node.specifiers ?? []).map(({ imported, local }) => (imported ?? local).name)
    if (from !== undefined) found.imports.push([from, names])
    if (node.type !== 'ExportNamedDeclaration') continue
    for (const { exported } of node.specifiers) found.names.add(exported.name)
    for (const name of declared(node.declaration)) {
      found.names.add(name)
      if (node.declaration.kind === 'let') found.changing.add(name)
      if (node.declaration.id) found.callable.add(name)
    }
  }
  return found
}

function declared(declaration) {
  if (declaration === null) return []
  if (declaration.id) return [declaration.id.name]
  return declaration.declarations.flatMap(({ id }) =>
    id.type === 'Identifier' ? [id.name] : id.properties.map(({ value }) => value.name),
  )
}

export function ownFile(importer, specifier) {
  return join(dirname(importer), specifier).replaceAll('\\', '/').replace(/\.js$/, '.ts')
}

/** Returns in which file each module is. */
export function placesOf(modules) {
  const reached = Object.fromEntries(parts.map(part => [part, reach(modules, roots[part], part)]))
  const places = new Map()
  for (const file of modules.keys()) {
    const by = parts.filter(part => reached[part].has(file))
    if (by.length > 0 && file !== everywhere) places.set(file, placeOf(file, by))
  }
  return spread(modules, places)
}

function placeOf(file, by) {
  if (by.length === 1) return by[0] === 'loop' && !file.startsWith('lib/loop/') ? 'base' : by[0]
  if (by.join() === 'functions,helpers') return 'helpers'
  return by.every(part => part === 'front' || late.includes(part)) ? 'front' : 'base'
}

/** Which modules come with these: all that are imported, but for those that are loaded late. */
function reach(modules, files, part, found = new Set()) {
  for (const file of files) {
    if (found.has(file) || (lateRoots.get(file) ?? part) !== part) continue
    found.add(file)
    const { imports } = modules.get(file)
    reach(
      modules,
      imports.map(([from]) => from),
      part,
      found,
    )
  }
  return found
}

/** What a module of the base imports is in the base. */
function spread(modules, places) {
  const inBase = [...places.keys()].filter(file => places.get(file) === 'base')
  for (const file of reach(modules, inBase, 'base')) if (file !== everywhere) places.set(file, 'base')
  return places
}

/** Returns the names of each module that modules of other files use. */
export function sharedNames(modules, places) {
  const shared = new Map()
  const share = (file, names) => shared.set(file, new Set([...(shared.get(file) ?? []), ...names]))
  for (const [file, { imports }] of modules) {
    if (!places.has(file)) continue
    for (const [from, names] of imports) {
      if (places.has(from) && places.get(from) !== places.get(file)) share(from, names)
    }
  }
  const entries = parts.filter(part => part !== 'base').flatMap(part => roots[part])
  for (const file of entries) share(file, modules.get(file).names)
  share('lib/functions/untouched.ts', ['untouched'])
  for (const [file, names] of shared) {
    const changing = [...names].filter(name => modules.get(file).changing.has(name))
    if (changing.length > 0) throw new Error(`${file}: other files of dist would not see that ${changing} changes`)
    const values = [...names].filter(name => lateRoots.has(file) && !modules.get(file).callable.has(name))
    if (values.length > 0) throw new Error(`${file}: it is loaded late, and ${values} is no function`)
  }
  return shared
}

/** The name under which a file gives a module to the others. */
const keyOf = file => file.replace(/^lib\//, '').replace(/\.ts$/, '')

/** The plugin of esbuild that makes one file: `part` is its name. */
export function linking(root, part, places, shared) {
  const isElsewhere = file => places.has(file) && places.get(file) !== part
  return {
    name: 'linking',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\.\.?\/.*\.js$/ }, ({ path, importer, kind, namespace }) => {
        if (importer === '' || namespace !== 'file' || importer.endsWith('<stdin>')) return undefined
        const file = ownFile(relative(root, importer).replaceAll('\\', '/'), path)
        if (!isElsewhere(file)) return undefined
        return { path: file, namespace: kind === 'require-call' ? 'required' : 'imported' }
      })
      onLoad({ filter: /./, namespace: 'imported' }, ({ path }) => ({
        contents: lateRoots.has(path) ? importedLate(path, places, shared) : imported(path, places, shared),
      }))
      onLoad({ filter: /./, namespace: 'required' }, ({ path }) => ({
        contents: `module.exports = ${at(path, places)}`,
      }))
      onLoad({ filter: /[\\/]lib[\\/]globals\.ts$/ }, () =>
        part === 'base' ? undefined : { contents: imported('lib/globals.ts', places, shared) },
      )
      onLoad({ filter: /./, namespace: 'table' }, () => ({ contents: tableOf(part, places, shared), resolveDir: root }))
      onLoad({ filter: /./, namespace: 'links' }, () => ({ contents: links, resolveDir: root }))
      onResolve({ filter: /^(table|links)$/ }, ({ path }) => ({ path, namespace: path }))
    },
  }
}

/** In the base, what the other files are given as parameters. */
const links = `import { part as own, provide as give } from './lib/native/parts.js'
modulesIn = own
provide = give`

function at(file, places) {
  return `modulesIn('${places.get(file)}')['${keyOf(file)}']()`
}

function imported(file, places, shared) {
  return `export const { ${[...shared.get(file)].join(', ')} } = ${at(file, places)}`
}

/** Each name stands for a function that loads the file, and then for what it has there. */
function importedLate(file, places, shared) {
  const names = [...shared.get(file)]
  const stands = names.map(
    name => `export let ${name} = function () {
  _link()
  return new.target === undefined ? _apply(${name}, this, arguments) : _construct(${name}, arguments)
}`,
  )
  return [
    `const { Reflect_apply: _apply, Reflect_construct: _construct } = modulesIn('base').globals()`,
    `const { untouched: _untouched } = ${at('lib/functions/untouched.ts', places)}`,
    `const _load = () => ${at(file, places)}`,
    ...stands,
    `const _link = () => {`,
    `  ({ ${names.join(', ')} } = ${asking.includes(places.get(file)) ? '_untouched(_load)' : '_load()'})`,
    `}`,
  ].join('\n')
}

/** A module that hands what others use of a file to `provide`. */
function tableOf(part, places, shared) {
  const files = [...shared.keys()].filter(file => places.get(file) === part)
  const lines = files.map((file, i) => {
    const names = [...shared.get(file)].map(name => `${name} as ${name}_${i}`)
    return `import { ${names.join(', ')} } from './${file.replace(/\.ts$/, '.js')}'`
  })
  const entries = files.map((file, i) => {
    const names = [...shared.get(file)].map(name => `${name}: ${name}_${i}`)
    return `  '${keyOf(file)}': () => ({ ${names.join(', ')} }),`
  })
  return [...lines, 'provide({', ...entries, '})'].join('\n')
}
