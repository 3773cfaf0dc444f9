// The specs on other versions of Node: `npm run test:nodes`, or `npm run test:nodes -- 24 26`.
//
// Promises to fetch each version from npm once, into node_modules/.cache, and to say which one fails.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { prepare, root, run, runSpecs } from './prepare.mjs'

const versions = process.argv.slice(2).length > 0 ? process.argv.slice(2) : ['20', '22', '24', '26']

await prepare()
for (const version of versions) {
  const node = fetched(version)
  console.log(`\n== Node ${execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()}`)
  runSpecs(node, [])
}

function fetched(version) {
  const folder = join(root, 'node_modules', '.cache', `node-${version}`)
  const binary = join(folder, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{}')
    // The package's install script puts the binary of this platform in its place.
    run('npm', ['install', `node@${version}`, '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder })
  }
  return binary
}
