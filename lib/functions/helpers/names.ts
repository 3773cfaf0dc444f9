// The names that compilers have for what they put around a function; `table.ts` has the helpers themselves.
//
// All of them begin with an underscore: for other names the table is not loaded.

/** Returns the name under which a helper is in the table: `_asyncToGenerator` for `_async_to_generator2`. */
export function canonicalHelper(name: string): string | undefined {
  if (!name.startsWith('_')) return undefined
  const { isHelper } = require('./table.js') as typeof import('./table.js')
  if (isHelper(name)) return name
  const bare = name
    .replace(/\d+$/, '')
    .replace(/^_ts_/, '__')
    .replace(/(?<=[a-z])_([a-z])/g, (_, letter) => letter.toUpperCase())
  return isHelper(bare) ? bare : undefined
}
