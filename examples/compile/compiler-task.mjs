// The compiler's end: a task module. `compile` is the task; what it cannot do itself it asks of its caller, through a
// client.
//
// Promises that an exception leaves with its place and its cause, and that nothing of a compilation is kept once it is
// over. A warning is not waited for: the logger of Sass is synchronous, the client is not. But the compilation does not
// end before all are shown, and fails if the logger does.

import { compileStringAsync } from 'sass'
import { CancelledError } from 'threaded-async'
import { crossingException, plainSpan, toldToSass } from './exceptions.mjs'
import { Keeper } from './kept-values.mjs'
import { loadPlugin } from './plugin.mjs'

const compilations = new Map()

/** Resolves with the result of a compilation that is described as by `Callbacks`. */
export async function compile(client, id, source, description) {
  const compilation = new Compilation(client, id)
  compilations.set(id, compilation)
  try {
    return await compilation.run(source, description)
  } catch (error) {
    const { failure } = compilation
    // The task was cancelled, whatever Sass has made of that.
    if (failure?.error instanceof CancelledError) throw failure.error
    throw crossingException(error, failure)
  } finally {
    compilations.delete(id)
  }
}

/** Resolves with the named arguments of a list, which Sass then counts as used. */
export async function keywordsOf(id, number) {
  const { values } = compilations.get(id)
  return values.keywordsOf(values.kept(number))
}

/** Resolves with the URL of the file in which an importer's context stands. */
export async function containingUrlOf(id, number) {
  return compilations.get(id).values.kept(number).containingUrl?.href ?? null
}

class Compilation {
  values = new Keeper()
  /** What a callback or a plugin has thrown first. */
  failure
  #client
  #id
  #logged = []

  constructor(client, id) {
    this.#client = client
    this.#id = id
  }

  async run(source, description) {
    try {
      const options = await this.#optionsFrom(description)
      const { loadedUrls, ...result } = await compileStringAsync(source, options)
      await Promise.all(this.#logged)
      return { ...result, loadedUrls: loadedUrls.map(url => url.href) }
    } finally {
      await Promise.allSettled(this.#logged)
    }
  }

  async #optionsFrom({ plain, url, importers, importer, functions, log }) {
    const options = {
      ...plain,
      importers: await Promise.all(importers.map(each => this.#importerFrom(each))),
      functions: Object.fromEntries(await Promise.all(functions.map(each => this.#functionFrom(...each)))),
    }
    if (url !== undefined) options.url = new URL(url)
    if (importer !== undefined) options.importer = await this.#importerFrom(importer)
    if (log !== undefined) options.logger = Object.fromEntries(log.map(kind => [kind, this.#logFrom(kind)]))
    return options
  }

  async #importerFrom({ plugin, key, isForFiles, nonCanonicalScheme }) {
    if (plugin !== undefined) return this.#guarded(await (await loadPlugin(plugin))(...plugin.args))
    const context = each => ({ fromImport: each.fromImport, number: this.values.keep(each) })
    const find = request => async (url, each) => urlOf(await this.#ask(request, key, url, context(each)))
    if (isForFiles) return { findFileUrl: find('findFileUrl') }
    const load = async url => resultOf(await this.#ask('load', key, url.href))
    return { canonicalize: find('canonicalize'), load, ...(nonCanonicalScheme && { nonCanonicalScheme }) }
  }

  async #functionFrom(signature, plugin) {
    if (plugin !== null) {
      const run = await loadPlugin(plugin)
      return [signature, args => this.#noting(async () => run(args))]
    }
    return [
      signature,
      async args => this.values.valueOf(await this.#ask('call', signature, args.map(this.values.dataOf))),
    ]
  }

  #logFrom(kind) {
    return (message, { span, deprecationType, ...others }) => {
      const plain = { ...others, deprecation: deprecationType?.id, span: plainSpan(span) }
      const shown = this.#ask('log', kind, message, plain)
      shown.catch(() => {}) // The error fails the compilation at its end.
      this.#logged.push(shown)
    }
  }

  /** An importer of the loop's own, whose failures are noted. One without functions is Sass's, for packages. */
  #guarded(importer) {
    const names = ['canonicalize', 'load', 'findFileUrl'].filter(name => typeof importer[name] === 'function')
    if (names.length === 0) return importer
    const guarded = { nonCanonicalScheme: importer.nonCanonicalScheme }
    for (const name of names) {
      guarded[name] = (...args) => this.#noting(async () => importer[name](...args))
    }
    return guarded
  }

  #ask(request, ...args) {
    return this.#noting(() => this.#client.execute(request, this.#id, ...args))
  }

  async #noting(act) {
    try {
      return await act()
    } catch (error) {
      this.failure ??= { error }
      throw toldToSass(error)
    }
  }
}

function urlOf(found) {
  return typeof found?.href === 'string' ? new URL(found.href) : found
}

function resultOf(result) {
  return result?.sourceMapUrl === undefined ? result : { ...result, sourceMapUrl: urlOf(result.sourceMapUrl) }
}
