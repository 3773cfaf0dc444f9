// Refuses to publish the folder of a clone, whose package.json asks for no native addon: it would work nowhere.
//
// npm runs this before `npm publish` of a folder, and not for a tarball. A dry run is let through, since it does no harm.

import { readFileSync } from 'node:fs'
import { fail } from './prepare.mjs'

const { optionalDependencies } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
if (optionalDependencies === undefined && process.env.npm_config_dry_run !== 'true') {
  fail('Publish the tarballs that `npm run pack` makes: package.json does not name the packages of the native addon.')
}
