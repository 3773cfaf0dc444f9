// The packages of this clone, as they would be published: the main one, and the one with this machine's addon.

import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { pack } from '../../tools/pack.mjs'
import { ownPlatform } from '../../tools/targets.mjs'
import { root } from '../../tools/prepare.mjs'

/** Packs both into a folder. Returns their names and files, what the main one depends on, and a hash of all that. */
export async function packInto(folder) {
  const platform = ownPlatform()
  const { name, dependencies, napi } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const [names, files] = [[name, `${napi.packageName}-${platform}`], await pack([platform])]
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const hash = createHash('sha256')
  const tarballs = files.map((from, i) => {
    const file = join(folder, basename(from))
    cpSync(from, file)
    hash.update(readFileSync(file))
    return { name: names[i], file }
  })
  return { tarballs, dependencies, hash: hash.digest('hex') }
}
