// The synchronous compiler of `examples/compile/`, beside `sass.compileString`: results, callbacks, plugins, nesting.
//
// Promises that what a caller sees does not differ from plain Sass but in what it can do beyond: let plugins await, and
// learn what a callback has thrown. Exceptions and what Sass values become have specs of their own.

import ava from 'ava'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { threadId } from 'node:worker_threads'
import * as sass from 'sass'
import { Compiler, compileSync, plugin } from '../../examples/compile/compile-sync.mjs'
import { passes } from '../support/program.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const styles = new URL('../../examples/compile/styles/', import.meta.url)
const assets = new URL('../../examples/compile/assets/', import.meta.url)
const plugins = new URL('../../examples/compile/plugins.mjs', import.meta.url)
const slow = new URL('./compile-plugins.mjs', import.meta.url)

const timedOut = { code: 'ERR_EVENT_LOOP_TIMEOUT', name: 'EventLoopTimeoutError' }

function compilerFor(t) {
  const compiler = new Compiler()
  t.teardown(() => compiler.close())
  return compiler
}

const unquoted = text => new sass.SassString(text, { quotes: false })
const startsWith = scheme => url => (url.startsWith(scheme) ? new URL(url) : null)

/** What `examples/compile/plugins.mjs` does, for a compiler without asynchronous plugins. */
const palettes = {
  canonicalize: startsWith('palette:'),
  load({ pathname }) {
    const colours = JSON.parse(readFileSync(new URL(`${pathname}.json`, assets), 'utf8'))
    const lines = Object.entries(colours).map(([name, colour]) => `$${name}: ${colour};`)
    return { contents: lines.join('\n'), syntax: 'scss' }
  },
}
function fingerprint([file]) {
  const content = readFileSync(new URL(file.text, assets))
  return unquoted(createHash('sha256').update(content).digest('hex').slice(0, 8))
}

/** Options for the tree of the example. `compile` is for the stylesheets that are compiled while another is. */
function optionsFor(compile) {
  const options = {
    importers: [
      {
        canonicalize: startsWith('theme:'),
        load: () => ({ contents: '@mixin colours { color: RED }', syntax: 'scss', sourceMapUrl: new URL('theme:map') }),
      },
      {
        canonicalize: startsWith('critical:'),
        load: ({ pathname }) => ({ contents: compile(...entry(pathname, options)).css, syntax: 'css' }),
      },
      palettes,
    ],
    functions: {
      'scale($step)': ([step]) => new sass.SassNumber(1 + step.value / 4, 'rem'),
      'readable-on($background)': ([background]) => background.change({ lightness: 50, space: 'hsl' }),
      'stack($options...)': ([options]) => options.keywords.get('mono'),
      'gaps($gap, $sides...)': ([gap, sides]) => new sass.SassMap(new sass.SassMap().contents.set(sides.get(0), gap)),
      'fingerprint($file)': fingerprint,
    },
  }
  return options
}

function entry(name, options) {
  const url = new URL(`${name}.scss`, styles)
  return [readFileSync(url, 'utf8'), { ...options, url }]
}

/** The options, with a note of every call: what was called with what. */
function noted({ importers, functions, ...others }, notes) {
  const note = (name, call, text = String) => {
    return (...args) => {
      notes.push([name, ...args.map(text)].join(' '))
      return call(...args)
    }
  }
  const context = each =>
    typeof each === 'object' && 'fromImport' in each ? `import ${each.fromImport}` : String(each)
  return {
    ...others,
    importers: importers.map(({ canonicalize, load }, i) => ({
      canonicalize: note(`${i} canonicalize`, canonicalize, context),
      load: note(`${i} load`, load),
    })),
    functions: Object.fromEntries(Object.entries(functions).map(([name, call]) => [name, note(name, call)])),
  }
}

// --- as plain Sass

for (const plain of [{}, { style: 'compressed' }, { sourceMap: true, sourceMapIncludeSources: true }]) {
  test(`a tree compiles to what plain Sass makes of it: ${JSON.stringify(plain)}`, t => {
    const compiled = [sass.compileString, compileSync].map(compile => {
      return compile(...entry('main', { ...optionsFor(compile), ...plain }))
    })
    t.deepEqual(compiled[1], compiled[0])
    t.true(compiled[1].loadedUrls.every(url => url instanceof URL))
    t.regex(compiled[1].css, /^header[^]*@media/)
  })
}

test('callbacks are called as by plain Sass: in its order, with its arguments, as often', t => {
  const [expected, notes] = [sass.compileString, compileSync].map(compile => {
    const calls = []
    compile(...entry('main', noted(optionsFor(compile), calls)))
    return calls
  })
  // How a colour was spelt is not told, though it goes back.
  const spelling = notes => notes.map(each => each.toLowerCase())
  t.deepEqual(spelling(notes), spelling(expected))
  t.is(notes.length, 18)
})

test('an importer that asks where it is asked from is asked again for each file, and else is not', t => {
  const files = {
    'files:a': '@use "own:c" as a',
    'files:b': '@use "own:c" as b; @import "late"',
    'files:c': 'c { d: e }',
    'files:late': 'f { g: h }',
  }
  for (const isCurious of [false, true]) {
    const [expected, notes] = [sass.compileString, compileSync].map(compile => {
      const calls = []
      const importer = {
        nonCanonicalScheme: 'own',
        canonicalize(url, context) {
          calls.push([url, context.fromImport, isCurious && context.containingUrl?.href])
          return url.startsWith('files:') ? new URL(url) : new URL(`files:${url.replace('own:', '')}`)
        },
        load: url => ({ contents: files[url.href], syntax: 'scss' }),
      }
      const source = '@use "own:a"; @use "files:b"'
      compile(source, { importer, url: new URL('files:main'), importers: [importer], logger: sass.Logger.silent })
      return calls
    })
    t.deepEqual(notes, expected)
    t.is(notes.filter(([url]) => url === 'own:c').length > 1, isCurious)
  }
})

test('importers of files, load paths, an importer of the entry, and every order of them work as in plain Sass', t => {
  const ofFiles = { findFileUrl: url => (url.startsWith('~') ? new URL(url.slice(1), styles) : null) }
  const none = { canonicalize: () => null, load: () => null }
  const all = [none, ofFiles, ...optionsFor(compileSync).importers]
  for (const importers of [all, all.toReversed()]) {
    const options = {
      ...optionsFor(compileSync),
      importers,
      importer: ofFiles,
      url: styles,
      loadPaths: [styles.pathname],
    }
    const source = '@use "~mixins" as mixins; @use "tokens"; a { @include mixins.pair(tokens.$accent) }'
    t.deepEqual(compileSync(source, options), sass.compileString(source, options))
  }
})

test('the logger gets every warning before compileSync returns, with the place, in order', t => {
  const source = '@use "late:x"; a { @warn "one"; @debug 2; b: id(red); @warn "three" }'
  const functions = { 'id($x)': ([x]) => x }
  const importers = [{ canonicalize: startsWith('late:'), load: () => ({ contents: '@warn "zero"', syntax: 'scss' }) }]
  const [expected, notes] = [sass.compileString, compileSync].map(compile => {
    const calls = []
    const place = ({ start, end, url, text, context }) => [
      [start.line, start.column, start.offset, end.line, end.column, end.offset],
      [url?.href, text, context],
    ]
    const logger = {
      warn: (text, { span, ...others }) => calls.push([text, span && place(span), others]),
      debug: (text, { span }) => calls.push([text, place(span)]),
    }
    compile(source, { functions, importers, logger })
    compile('a { b: lighten(red, 1%) }', { logger, url: new URL('file:///old.scss') })
    return calls
  })
  t.deepEqual(notes, expected)
  t.is(notes.length, 6)
  t.notThrows(() => compileSync(source, { functions, importers, logger: sass.Logger.silent }))
  for (const fatal of [sass.deprecations['color-functions'], 'color-functions']) {
    const isFatal = { message: /lighten\(\) is deprecated/ }
    t.throws(
      () => compileSync('a { b: lighten(red, 1%) }', { fatalDeprecations: [fatal], logger: sass.Logger.silent }),
      isFatal,
    )
  }
})

// --- blocking, and plugins that await

test('this thread is blocked from first to last but for its callbacks, which run on it', async t => {
  const turns = []
  const ran = [
    new Promise(resolve => setImmediate(resolve)),
    new Promise(resolve => setTimeout(resolve, 0)),
    Promise.resolve(),
  ].map((promise, i) => promise.then(() => turns.push(i)))
  const threads = new Set()
  const here = () => {
    threads.add(threadId)
    t.deepEqual(turns, [])
    return sass.sassNull
  }
  const before = performance.now()
  const { css } = compileSync('a { b: here(); c: thread(); d: here(); e: thread() }', {
    functions: { 'here()': here, 'thread()': plugin(slow, 'thread') },
  })
  t.deepEqual(turns, [])
  t.true(performance.now() - before >= 50)
  t.deepEqual([...threads], [threadId])
  const [, first, second] = css.match(/c: (\d+);\s+e: (\d+);/)
  t.is(first, second)
  t.not(Number(first), threadId)
  await Promise.all(ran)
})

test('importers that await stand among others, and get their arguments', t => {
  const importers = [
    plugin(slow, 'late', '$a: late'),
    { canonicalize: startsWith('own:'), load: () => ({ contents: '@forward "late:x"', syntax: 'scss' }) },
    plugin(plugins, 'palettes', assets.href),
  ]
  const { css, loadedUrls } = compileSync('@use "own:y"; @use "palette:brand"; a { b: y.$a; c: brand.$accent }', {
    importers,
  })
  t.is(css, 'a {\n  b: late;\n  c: #0B5FFF;\n}')
  t.deepEqual(loadedUrls.map(String), ['own:y', 'late:x', 'palette:brand'])
})

test("Sass's importer of packages works on the loop", t => {
  const directory = mkdtempSync(join(tmpdir(), 'threaded-async-compile-'))
  t.teardown(() => rmSync(directory, { recursive: true }))
  mkdirSync(join(directory, 'node_modules/look'), { recursive: true })
  writeFileSync(join(directory, 'node_modules/look/package.json'), '{ "exports": { "sass": "./look.scss" } }')
  writeFileSync(join(directory, 'node_modules/look/look.scss'), 'a { b: c }')
  const { css } = compileSync('@use "pkg:look"', { importers: [plugin(slow, 'packages', directory)] })
  t.is(css, 'a {\n  b: c;\n}')
})

test('a timeout cancels the compilation, and leaves the compiler to others', t => {
  const compiler = compilerFor(t)
  const functions = { 'waits()': plugin(slow, 'waits') }
  t.throws(() => compiler.compileSync('a { b: waits() }', { functions, timeout: 500 }), timedOut)
  t.is(compiler.compileSync('a { b: c }').css, 'a {\n  b: c;\n}')
  t.notThrows(() => compiler.close())
})

test('a plugin that spins ends by the timeout, which names the compilation, and by close', t => {
  const compiler = new Compiler({ exitTimeout: 100, logForcedShutdownStackTrace: false })
  compiler.compileSync('a { b: c }')
  const options = { functions: { 'spins()': plugin(slow, 'spins') }, timeout: 500 }
  const error = t.throws(() => compiler.compileSync('a { b: spins() }', options), timedOut)
  t.regex(error.message, /'compilation 2'/)
  try {
    compiler.close()
  } catch {} // What a forced end throws is not this test's concern.
  t.throws(() => compiler.compileSync('a { b: c }'), { code: 'ERR_RUNNER_CLOSED' })
})

// --- nesting

/** An importer of `n:1`, `n:2` …, each of which compiles the one before with `compile`. */
function descending(compile, bottom) {
  const contentsOf = n => (n === 0 ? bottom() : compile(`@use "n:${n - 1}" as *; level-${n} { a: b }`, options).css)
  const options = {
    importers: [
      { canonicalize: startsWith('n:'), load: url => ({ contents: contentsOf(Number(url.pathname)), syntax: 'scss' }) },
    ],
  }
  return options
}

test('a callback may compile, and so may the callbacks of that', t => {
  const bottom = () => 'bottom { a: b }'
  const [expected, css] = [sass.compileString, compileSync].map(compile => {
    return compile('@use "n:12" as *; top { a: b }', descending(compile, bottom)).css
  })
  t.is(css, expected)
  t.is(css.match(/level/g).length, 12)
})

test('compilations of two compilers nest in one another', t => {
  const compilers = [compilerFor(t), compilerFor(t)]
  let count = 0
  const compile = (...args) => compilers[count++ % 2].compileSync(...args)
  t.regex(
    compile(
      '@use "n:5" as *',
      descending(compile, () => 'bottom { a: b }'),
    ).css,
    /^bottom[^]*level-5/,
  )
  t.is(count, 6)
})

test('what fails at the bottom of nested compilations fails each, and is the cause of the causes', t => {
  const wrong = new URIError('bottomless')
  const bottom = () => {
    throw wrong
  }
  let error = t.throws(() => compileSync('@use "n:3" as *', descending(compileSync, bottom)))
  for (const level of [3, 2, 1, 0]) {
    t.true(error instanceof sass.Exception)
    t.is(error.span.text, `@use "n:${level}" as *`)
    error = error.cause
  }
  t.is(error, wrong)
})

// --- ends

test('a compiler that is closed compiles no more, and another does', t => {
  const compiler = new Compiler()
  t.is(compiler.compileSync('a { b: c }').css, 'a {\n  b: c;\n}')
  compiler.close()
  compiler.close()
  t.throws(() => compiler.compileSync('a { b: c }'), { code: 'ERR_RUNNER_CLOSED' })
  t.is(compileSync('a { b: c }').css, 'a {\n  b: c;\n}')
})

test('many compilations leave threads, memory and handles flat, and nothing open', async t => {
  t.true((await passes(t, ['--expose-gc', 'compilations.mjs', '120'])).length > 0)
})
