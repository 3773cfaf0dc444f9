// The caller's side of one compilation: its importers, functions and logger, by number and by name.
//
// Promises that a callback sees what it would see in `sass.compileString`, that what it throws is kept as it is, and
// that the compiler is told no more of it than it must know. Refuses, with a TypeError, a callback that returns a promise
// or no Sass value, and a NodePackageImporter, which is Sass's own and has no callbacks: `plugin` can make one on the loop.

import { deprecations, Value } from 'sass'
import { revivedSpan } from './exceptions.mjs'
import { Plugin } from './plugin.mjs'
import { Guest } from './kept-values.mjs'

/** What a compilation may ask of its caller. */
export const requests = ['canonicalize', 'findFileUrl', 'load', 'call', 'log']

export class Callbacks {
  /** The options as the compiler gets them: plain data. */
  description
  /** What a callback has thrown: at most one, for it ends the compilation. */
  thrown
  #importers
  #functions
  #logger
  #ask
  #values

  /** `ask(name, number)` blocks until the compiler has told more of the thing it keeps under that number. */
  constructor({ importers = [], importer, functions = {}, logger, url, ...plain }, ask) {
    this.#importers = { ...importers, entry: importer }
    this.#functions = functions
    this.#logger = logger
    this.#ask = ask
    this.#values = new Guest(number => ask('keywordsOf', number))
    this.description = {
      plain,
      url: url?.href,
      importers: importers.map((each, i) => describeImporter(each, i)),
      importer: importer && describeImporter(importer, 'entry'),
      functions: Object.entries(functions).map(([signature, each]) => [
        signature,
        each instanceof Plugin ? each : null,
      ]),
      log: logger && ['warn', 'debug'].filter(kind => logger[kind] !== undefined),
    }
  }

  /** Answers a request; an error goes to the compiler, and is kept for the caller. */
  answer(request, args) {
    try {
      return this[request](...args)
    } catch (error) {
      this.thrown ??= { error }
      throw error
    }
  }

  canonicalize(importer, url, context) {
    const found = this.#importers[importer].canonicalize(url, this.#contextOf(context))
    return urlOf(settled(found, 'canonicalize'))
  }

  findFileUrl(importer, url, context) {
    const found = this.#importers[importer].findFileUrl(url, this.#contextOf(context))
    return urlOf(settled(found, 'findFileUrl'))
  }

  load(importer, url) {
    const result = settled(this.#importers[importer].load(new URL(url)), 'load')
    if (result?.sourceMapUrl === undefined) return result
    return { ...result, sourceMapUrl: urlOf(result.sourceMapUrl) }
  }

  call(signature, args) {
    const values = args.map(each => this.#values.valueOf(each))
    const result = settled(this.#functions[signature](values), signature)
    if (!(result instanceof Value)) throw new TypeError(`${signature} returned ${result}, which is no sass.Value.`)
    return this.#values.dataOf(result)
  }

  log(kind, message, { span, deprecation, ...others }) {
    const place = span === undefined ? {} : { span: revivedSpan(span) }
    const type = { deprecation: deprecation !== undefined, deprecationType: deprecations[deprecation] ?? null }
    settled(this.#logger[kind](message, { ...others, ...place, ...(kind === 'warn' && type) }), kind)
  }

  /** `containingUrl` is fetched when it is read: an importer that does not read it is asked once for all files. */
  #contextOf({ fromImport, number }) {
    const ask = this.#ask
    return {
      fromImport,
      get containingUrl() {
        const href = ask('containingUrlOf', number)
        return href === null ? null : new URL(href)
      },
    }
  }
}

function describeImporter(importer, key) {
  if (importer instanceof Plugin) return { plugin: importer }
  const { nonCanonicalScheme, canonicalize, findFileUrl } = importer
  const isForFiles = typeof findFileUrl === 'function'
  if (isForFiles || typeof canonicalize === 'function') return { key, isForFiles, nonCanonicalScheme }
  // As a NodePackageImporter is.
  throw new TypeError(
    `Importer ${key} has no functions to be called here; make it in a module, and name it by plugin().`,
  )
}

/** The URL as text; anything else is left for the compiler to refuse. */
function urlOf(found) {
  return found instanceof URL ? { href: found.href } : found
}

function settled(result, name) {
  if (typeof result?.then !== 'function') return result
  throw new TypeError(`${name} returned a promise, and its caller is blocked; name an asynchronous one with plugin().`)
}
