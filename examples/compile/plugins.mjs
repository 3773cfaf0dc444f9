// Plugins that await: an importer and a function that read files with `node:fs/promises`, on the compiler's loop.
//
// A caller that calls `sass.compileString` cannot have these: there, all plugins must answer at once. What cannot be read
// fails the compilation, with Node's error as the cause. Of plain data, names must be names of Sass variables.

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { SassString } from 'sass'

const assets = new URL('./assets/', import.meta.url)

/** An importer: of `palette:name`, the colours of `name.json` in a directory are the variables. */
export function palettes(directory) {
  return {
    async canonicalize(url) {
      return url.startsWith('palette:') ? new URL(url) : null
    },
    async load({ pathname }) {
      const colours = JSON.parse(await readFile(new URL(`${pathname}.json`, directory), 'utf8'))
      const lines = Object.entries(colours).map(([name, colour]) => `$${name}: ${colour};`)
      return { contents: lines.join('\n'), syntax: 'scss' }
    },
  }
}

/** A function of stylesheets, `fingerprint($file)`: the first digits of the SHA-256 of an asset. */
export async function fingerprint([file]) {
  const content = await readFile(new URL(file.assertString('file').text, assets))
  return new SassString(createHash('sha256').update(content).digest('hex').slice(0, 8), { quotes: false })
}
