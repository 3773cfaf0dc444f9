// Where a module is whose specifier begins with a slash, as Vite writes them: relative to the root of the project.
//
// Nothing tells a loop where that is. Promises the file of this name in the nearest folder around the file that calls;
// and the specifier as it is where that is a path of its own, or where nothing is found.

import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { startsWith } from '../../methods.js'

const ofFile = /^\/@fs(?=\/)/

/** Returns what to import instead of a specifier that begins with a slash; `file` is a path or URL. */
export function withinRoot(specifier: string, file: string): string {
  const [path, query] = splitQuery(specifier.replace(ofFile, ''))
  if (existsSync(path)) return pathToFileURL(path).href + query
  let folder = dirname(startsWith(file, 'file:') ? fileURLToPath(file) : file)
  for (;;) {
    const candidate = join(folder, path)
    if (existsSync(candidate)) return pathToFileURL(candidate).href + query
    if (folder === dirname(folder)) return specifier
    folder = dirname(folder)
  }
}

function splitQuery(specifier: string): [string, string] {
  const at = specifier.search(/[?#]/)
  return at < 0 ? [specifier, ''] : [specifier.slice(0, at), specifier.slice(at)]
}
