// Makes the engine's module smaller: what is seldom run is compiled for its size, and what nothing can call is left out.
//
// Promises the same bytes on every machine, and that what runs in every turn, or compiles a script, is left as it is. Needs
// npm, which fetches binaryen. Measure before a region is named in `cold`: dates as texts took 1.5 times as long there.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const binaryen = 'binaryen@132.0.0'

/** What the module's code has of WebAssembly beyond its first version. */
const features = ['bulk-memory', 'bulk-memory-opt', 'multivalue', 'mutable-globals', 'nontrapping-float-to-int']
  .concat('reference-types', 'sign-ext')
  .map(name => `--enable-${name}`)

/**
 * They change no code. `-O2` takes off 3 % more, but with it a loop that computes is slower by 6 to 8 %: the function that
 * runs bytecode is laid out by the first compiler for the second.
 */
const passes = ['remove-unused-module-elements', 'memory-packing', 'duplicate-function-elimination']
  .concat('remove-unused-module-elements')
  .map(name => `--${name}`)

const begin = '#pragma clang attribute push(__attribute__((minsize)), apply_to = function)\n'
const end = '#pragma clang attribute pop\n'

/** What is compiled for its size: from a text up to another, in a source file of QuickJS. */
const cold = {
  'quickjs.c': [
    // What writes compiled modules.
    ['static void bc_put_u8(BCWriterState *s, uint8_t v)\n{', 'typedef struct BCReaderState {'],
    // The methods of iterators.
    ['static JSValue js_iterator_concat(JSContext *ctx', 'static JSValue js_iterator_proto_iterator(JSContext *ctx'],
    ['/* Explicit resource management */\n', '/* Promise */\n\ntypedef struct JSPromiseData {'],
    // The places of a stack as objects, and DOMException.
    ['/* CallSite */\n\nstatic void js_callsite_finalizer(', '/* Hex helpers */\n'],
  ],
  // What compiles an expression, not what runs it.
  'libregexp.c': [['static void re_emit_op(REParseState *s, int op)\n{', 'static bool is_line_terminator(']],
}

/** The patches that have a source file compiled so. */
export function smaller(name) {
  return (cold[name] ?? []).flatMap(([first, behind]) => [
    { from: first, to: begin + first },
    { from: behind, to: end + behind },
  ])
}

/** A module as binaryen's `wasm-opt` makes it of another. */
export function wasmOpt(bytes, cache, options) {
  const folder = join(cache, binaryen)
  const program = join(folder, 'node_modules', 'binaryen', 'bin', 'wasm-opt')
  mkdirSync(folder, { recursive: true })
  if (!existsSync(program)) {
    const args = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error', '--prefix', folder, binaryen]
    execFileSync('npm', args, { stdio: 'inherit', shell: process.platform === 'win32' })
  }
  const files = mkdtempSync(join(tmpdir(), 'engine-'))
  const [before, after] = [join(files, 'before.wasm'), join(files, 'after.wasm')]
  try {
    writeFileSync(before, bytes)
    execFileSync(process.execPath, [program, before, '-o', after, '--mvp-features', ...features, ...options])
    return readFileSync(after)
  } finally {
    rmSync(files, { recursive: true })
  }
}

/** The module without the functions that nothing calls any more, those of the set-up for instance. */
export const stripped = (bytes, cache) => wasmOpt(bytes, cache, passes)
