// What goes wrong in the synchronous compiler of `examples/compile/`, and what its caller learns of it.
//
// Promises that the exception is Sass's own class, with the place Sass gives, the stacks of both threads, and as its
// cause the very thing a callback has thrown; and that what cannot work is refused in words that say what would.

import ava from 'ava'
import * as sass from 'sass'
import { Compiler, compileSync, plugin } from '../../examples/compile/compile-sync.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const slow = new URL('./compile-plugins.mjs', import.meta.url)
const url = new URL('own:sheet')

class OwnError extends TypeError {
  code = 'ERR_OWN'
}

/** The exceptions of plain Sass and of this compiler. */
function exceptions(t, source, options = {}) {
  return [sass.compileString, compileSync].map(compile => {
    const error = t.throws(() => compile(source, { url, ...options }), { instanceOf: sass.Exception })
    t.is(String(error), error.message)
    return error
  })
}

function placeOf({ sassMessage, sassStack, span }) {
  const { start, end, text, context } = span
  const spots = [start, end].flatMap(({ line, column, offset }) => [line, column, offset])
  return { sassMessage, sassStack, spots, url: span.url, text, context }
}

/** Callbacks of which one throws. */
const throwers = {
  'a function': thrown => ({ functions: { 'fails()': thrower(thrown) } }),
  canonicalize: thrown => ({ importers: [{ canonicalize: thrower(thrown), load: () => null }] }),
  load: thrown => ({ importers: [{ canonicalize: each => new URL(each), load: thrower(thrown) }] }),
  findFileUrl: thrown => ({ importers: [{ findFileUrl: thrower(thrown) }] }),
}

function thrower(thrown) {
  return function thrownHere() {
    throw thrown
  }
}

for (const [name, optionsFor] of Object.entries(throwers)) {
  const source = name === 'a function' ? 'a {\n  b: fails();\n}' : '// a comment\n@use "own:x";'

  test(`X1: what ${name} throws is the cause, itself; the exception has the place and the stacks of both threads`, t => {
    const thrown = new OwnError('not mine')
    const [plain, error] = exceptions(t, source, optionsFor(thrown))
    t.is(error.cause, thrown)
    t.regex(thrown.stack, /thrower|compile-errors\.spec/)
    // Sass's asynchronous door leaves out what its synchronous one puts before some messages.
    t.true(plain.sassMessage.endsWith(error.sassMessage))
    t.deepEqual({ ...placeOf(error), sassMessage: '' }, { ...placeOf(plain), sassMessage: '' })
    t.is(error.sassMessage, 'not mine')
    t.is(error.span.start.line, 1)
    const [compiler, caller] = error.stack.split('[the waiting thread waits in')
    t.regex(compiler, /sass\.dart\.js/)
    t.notRegex(compiler, /compile-errors\.spec/)
    t.regex(caller, /compileSync[^]*compile-errors\.spec/)
  })

  test(`X2: what ${name} throws may be anything`, t => {
    for (const thrown of ['a text', 7, { own: true }, Symbol('own'), Object.freeze(new Error('frozen'))]) {
      const error = t.throws(() => compileSync(source, optionsFor(thrown)), { instanceOf: sass.Exception })
      t.is(error.cause, thrown)
    }
  })

  test(`the compiler serves on after ${name} has thrown`, t => {
    t.throws(() => compileSync(source, optionsFor(new Error('once'))))
    t.is(compileSync('a { b: c }').css, 'a {\n  b: c;\n}')
  })
}

test('errors that Sass finds by itself are those of plain Sass, without a cause', t => {
  for (const source of ['a { b: ', 'a { b: $c }', '@use "nowhere"', 'a { b: lighten(1) }', '@error "no"']) {
    const [plain, error] = exceptions(t, source)
    t.deepEqual(placeOf(error), placeOf(plain))
    t.is(error.message, plain.message)
    t.false('cause' in error)
  }
})

test('assertions of Sass that fail in a callback read as in plain Sass', t => {
  const functions = { 'ratio($x)': ([x]) => x.assertNumber('x').assertUnit('px', 'x') }
  for (const argument of ['"text"', '1em']) {
    const [plain, error] = exceptions(t, `a { b: ratio(${argument}) }`, { functions })
    t.deepEqual(placeOf(error), placeOf(plain))
    t.is(error.message, plain.message)
  }
})

test('what a plugin throws on the loop is the cause, with its class, code and the stack of that thread', t => {
  const missing = t.throws(() => compileSync('a { b: fails() }', { functions: { 'fails()': plugin(slow, 'fails') } }))
  t.true(missing instanceof sass.Exception)
  t.is(missing.span.text, 'fails()')
  t.is(missing.cause.code, 'ENOENT')
  t.regex(missing.cause.message, /nowhere.at.all/)
  const broken = t.throws(() => compileSync('@use "x"', { importers: [plugin(slow, 'broken')] }))
  t.true(broken.cause instanceof RangeError)
  t.is(broken.cause.message, 'no x')
  t.regex(broken.cause.stack, /compile-plugins/)
  t.is(broken.span.text, '@use "x"')
})

test('a plugin that cannot be loaded fails the compilation, and says so', t => {
  const none = plugin(slow, 'none')
  for (const options of [{ functions: { 'none()': none } }, { importers: [none] }, { importer: none }]) {
    t.throws(() => compileSync('a { b: c }', options), { message: /exports no function 'none'/, instanceOf: TypeError })
  }
  const nowhere = plugin(new URL('./nowhere.mjs', slow), 'none')
  t.throws(() => compileSync('a { b: c }', { importers: [nowhere] }), { code: 'ERR_MODULE_NOT_FOUND' })
})

test('an error of the logger ends the compilation, as it is', t => {
  const thrown = new OwnError('unheard')
  const logger = { warn: thrower(thrown) }
  t.is(
    t.throws(() => compileSync('@warn "a"; b { c: d }', { logger })),
    thrown,
  )
  t.is(t.throws(() => compileSync('@warn "a"; b { c: $none }', { logger })).cause, thrown)
})

test('callbacks that return a promise are refused: nobody could settle it', t => {
  const promised = { message: /returned a promise[^]*plugin\(\)/, instanceOf: TypeError }
  const never = () => new Promise(() => {})
  for (const [name, source, options] of [
    ['f()', 'a { b: f() }', { functions: { 'f()': never } }],
    ['canonicalize', '@use "own:x"', { importers: [{ canonicalize: never, load: never }] }],
    ['load', '@use "own:x"', { importers: [{ canonicalize: each => new URL(each), load: never }] }],
    ['findFileUrl', '@use "own:x"', { importers: [{ findFileUrl: never }] }],
  ]) {
    const { cause } = t.throws(() => compileSync(source, options))
    t.throws(() => {
      throw cause
    }, promised)
    t.true(cause.message.startsWith(name))
  }
})

test('wrong answers are refused as by plain Sass', t => {
  const answers = [
    ['@use "own:x"', { importers: [{ canonicalize: () => 'own:x', load: () => null }] }],
    [
      '@use "own:x"',
      { importers: [{ canonicalize: each => new URL(each), load: () => ({ contents: 7, syntax: 'scss' }) }] },
    ],
    ['@use "own:x"', { importers: [{ canonicalize: each => new URL(each), load: () => null }] }],
    ['@use "own:x"', { importers: [{ findFileUrl: () => new URL('own:x') }] }],
  ]
  for (const [source, options] of answers) {
    const [plain, error] = exceptions(t, source, options)
    t.is(error.sassMessage, plain.sassMessage)
  }
})

test('what cannot travel is refused before anything is compiled', t => {
  const compiler = new Compiler()
  t.teardown(() => compiler.close())
  const noted = []
  const logger = { warn: text => noted.push(text) }
  t.throws(() => compiler.compileSync('@warn "a"', { logger, importers: [new sass.NodePackageImporter('.')] }), {
    message: /^Importer 0 has no functions[^]*plugin\(\)/,
  })
  t.throws(() => compiler.compileSync('@warn "a"', { logger, style: () => 'expanded' }), { code: 'ERR_UNCLONEABLE' })
  t.throws(() => compiler.compileSync('@warn "a"', { logger, timeout: -1 }), { code: 'ERR_OUT_OF_RANGE' })
  t.deepEqual(noted, [])
  compiler.compileSync('@warn "a"', { logger })
  t.deepEqual(noted, ['a'])
})
