// Publishes packed packages to npm: `node tools/publish.mjs packages`. It runs in the workflow of a release.
//
// Promises that those of the platforms come first, so that no one can install the package without them, and that a second
// run goes on where the first has failed: what is there already is left out.

import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

const [folder] = process.argv.slice(2)
const files = readdirSync(folder).filter(name => name.endsWith('.tgz'))
const isMain = name => /^threaded-async-\d/.test(name)

for (const name of [...files.filter(name => !isMain(name)), ...files.filter(isMain)]) {
  const file = join(folder, name)
  const { name: title, version } = manifestOf(file)
  if (isPublished(`${title}@${version}`)) console.log(`${title}@${version} is there already.`)
  else execFileSync('npm', ['publish', `./${file}`, '--provenance', '--access', 'public'], { stdio: 'inherit' })
}

function manifestOf(file) {
  return JSON.parse(execFileSync('tar', ['-xzOf', file, 'package/package.json'], { encoding: 'utf8' }))
}

function isPublished(specifier) {
  try {
    return execFileSync('npm', ['view', specifier, 'version'], { encoding: 'utf8', stdio: 'pipe' }).trim() !== ''
  } catch (error) {
    if (error.stderr.includes('E404')) return false // Not even an older version is there.
    throw error
  }
}
