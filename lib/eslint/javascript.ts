// A file as JavaScript, each character where it was.
//
// TypeScript is read where Node can strip its types (22.13 or later). JSX stays, and so do types where Node cannot strip
// them: of a function whose text is no JavaScript, ESLint's own scopes tell the names it uses (`captured.ts`).

import * as nodeModule from 'node:module'
import type { Context } from './syntax.js'

/** Not in every Node that this package runs on. */
const { stripTypeScriptTypes } = nodeModule as { stripTypeScriptTypes?(text: string, options: object): string }

/** Returns the text, with blanks in the place of types where there are any and Node can tell. */
export function javascriptOf({ filename, sourceCode: { text } }: Context): string {
  if (!/\.[cm]?ts$/.test(filename) || stripTypeScriptTypes === undefined) return text
  const { emitWarning } = process
  try {
    process.emitWarning = () => {} // Node says once that the function is experimental.
    return stripTypeScriptTypes(text, { mode: 'strip' })
  } catch {
    return text
  } finally {
    process.emitWarning = emitWarning
  }
}
