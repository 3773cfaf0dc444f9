// A synchronous compiler with asynchronous plugins: `compileSync(source, { importers, functions })`, in the manner of Sass.
//
// The compiler is dart-sass with its asynchronous interface. It runs as a task on a background loop. This thread blocks,
// and wakes only to run the importers and functions below, which are closures and stay here. The importer of `palette:`
// and the function `fingerprint` run on the loop and await the file system.
//
// Run it: node examples/compile.mjs, or with --calls, which prints what this thread is asked for instead of the result.

import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { SassColor, SassList, SassMap, SassNumber, SassString } from 'sass'
import { compileSync, plugin } from './compile/compile-sync.mjs'

const showsCalls = process.argv[2] === '--calls'
const plugins = new URL('./compile/plugins.mjs', import.meta.url)
const assets = new URL('./compile/assets/', import.meta.url)
const styles = new URL('./compile/styles/', import.meta.url)

/** Compiles a stylesheet. Blocks: there is no promise here, though two of the plugins make nothing but promises. */
function compile(name, themes) {
  const url = new URL(`${name}.scss`, styles)
  const importers = [
    importer('theme:', theme => themes[theme]),
    // A compilation within a compilation: what this stylesheet uses is compiled first.
    importer('critical:', critical => compile(critical, themes)),
    plugin(plugins, 'palettes', assets.href),
  ]
  const functions = {
    'scale($step)': ([step]) => new SassNumber(1.25 ** step.assertNumber('step').value, 'rem'),
    'readable-on($background)': ([background]) => readableOn(background.assertColor('background')),
    'stack($options...)': ([options]) => stack(options.keywords.get('mono').isTruthy),
    'gaps($gap, $sides...)': ([gap, sides]) => gaps(gap.assertNumber('gap'), sides.asList.toArray()),
    'fingerprint($file)': plugin(plugins, 'fingerprint'),
  }
  const callbacks = showsCalls
    ? { importers: importers.map(told), functions: told(functions) }
    : { importers, functions }
  return compileSync(readFileSync(url, 'utf8'), { url, ...callbacks }).css
}

/** An importer of the URLs with this scheme; `contentsOf` takes the rest of the URL. */
function importer(scheme, contentsOf) {
  return {
    canonicalize: url => (url.startsWith(scheme) ? new URL(url) : null),
    load: ({ pathname }) => ({ contents: contentsOf(pathname), syntax: 'scss' }),
  }
}

/** Black or white, whichever is further from it in lightness. */
function readableOn(background) {
  const isLight = background.toSpace('oklch').channel('lightness') > 0.6
  const channel = isLight ? 0 : 255
  return new SassColor({ red: channel, green: channel, blue: channel })
}

function stack(isMono) {
  const generic = new SassString(isMono ? 'monospace' : 'sans-serif', { quotes: false })
  return new SassList([new SassString(isMono ? 'Fira Code' : 'Inter'), generic])
}

/** Each side gets the gap of the one before, doubled. */
function gaps(first, sides) {
  let map = new SassMap().contents
  for (const [i, side] of sides.entries()) {
    map = map.set(side, new SassNumber(first.value * 2 ** i, { numeratorUnits: first.numeratorUnits.toArray() }))
  }
  return new SassMap(map)
}

/** The same callbacks; each says that this thread runs it. What is a plugin stays as it is, and runs on the loop. */
function told(callbacks) {
  const tell = ([name, callback]) => {
    if (typeof callback !== 'function') return [name, callback]
    return [name, (...args) => (console.log(`main: runs ${name}`), callback(...args))]
  }
  const entries = Object.entries(callbacks)
  return entries.some(([, callback]) => typeof callback === 'function')
    ? Object.fromEntries(entries.map(tell))
    : callbacks
}

const themes = { night: '@mixin colours { background: #101418; color: white; }' }
const css = compile('main', themes)
console.log(showsCalls ? `main: has ${css.split('\n').length} lines of CSS` : css)

try {
  compile('broken', themes)
} catch ({ sassMessage, span, cause }) {
  // The place is the compiler's. The cause is what was thrown here, by the function of this name.
  const [, thrower] = cause.stack.match(/at (.*) \(.*compile\.mjs/)
  console.log(`\n${basename(span.url.pathname)}:${span.start.line + 1}: ${sassMessage} Thrown by ${thrower}.`)
}
