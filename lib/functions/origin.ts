// Whose code creates a task on a loop: that of an inline function that runs there, or that of the function's own file,
// which it has imported.
//
// The file's code begins anew on each loop that imports it: where it creates a task of that very function, each such loop
// would start another. Promises that what a function calls, directly or through its file, is not taken for that.

import { callSitesAbove } from '../stack.js'
import { isBun } from '../native/runtime.js'
import { splitAt, startsWith } from '../methods.js'
import type { Source } from './describe.js'

/** More frames than a function is likely to have between itself and what it calls. */
const FRAMES = 200

/** Returns whether the running code is of the file that a source comes from, and was not called by its function. */
export function comesOfImport(source: string, above: Function): boolean {
  const place = { __proto__: null, ...(JSON.parse(source) as Source) } as Source
  if (place.file === undefined || isBun) return false // There, what has called the file's code is not on the stack.
  const sites = callSitesAbove(above, FRAMES)
  let isOfFile = false
  for (let i = 0; i < sites.length; i++) {
    const site = sites[i]!
    const file = site.getFileName()
    if (file === place.file && isWithin(place, site)) return false
    if (file === place.file) isOfFile = true
    else if (isOfFile && isLoader(file)) return true
  }
  return isOfFile
}

/**
 * The runtime's own, which evaluates modules: what stands above has called for them, not for what they do. Deno's is
 * `node:module`.
 */
function isLoader(file: string | null): boolean {
  return file !== null && (file === 'node:module' || startsWith(file, 'node:internal/modules/'))
}

/** Whether a frame stands in the function itself. */
function isWithin({ code, line = 0, column = 0 }: Source, site: NodeJS.CallSite): boolean {
  const lines = splitAt(code, '\n')
  const atLine = (site.getLineNumber() ?? 1) - 1
  const atColumn = (site.getColumnNumber() ?? 1) - 1
  const last = line + lines.length - 1
  const end = lines[lines.length - 1]!.length + (last === line ? column : 0)
  const isBehindStart = atLine > line || (atLine === line && atColumn >= column)
  return isBehindStart && (atLine < last || (atLine === last && atColumn <= end))
}
