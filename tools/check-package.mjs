// Looks at what is published as those see it who install it: the tarballs, by three programs that know npm's rules.
//
// Promises to find what no test of a clone can: a file that is not packed, types that lead elsewhere than the program,
// a field npm would correct. Needs no network.

import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { pack } from './pack.mjs'
import { ownPlatform } from './targets.mjs'

/** Throws if there is anything to say about what is packed here. */
export async function checkPackages() {
  const [main, addon] = await pack([ownPlatform()])
  const found = [...(await byPublint(main)), ...(await byPublint(addon)), ...(await byTypes(main)), ...byNpm(main)]
  if (found.length > 0) throw new Error(found.join('\n'))
}

async function byPublint(file) {
  const { buffer, byteOffset, byteLength } = readFileSync(file)
  const tarball = buffer.slice(byteOffset, byteOffset + byteLength)
  const { messages, pkg } = await publint({ strict: true, pack: { tarball } })
  return messages.map(message => `publint: ${formatMessage(message, pkg, { color: false })}`)
}

/** Whether each way to resolve modules finds types, and those of the file that will be loaded. */
async function byTypes(file) {
  const { problems } = await checkPackage(createPackageFromTarballData(new Uint8Array(readFileSync(file))))
  return problems.map(problem => `arethetypeswrong: ${JSON.stringify(problem)}`)
}

/** What npm itself would say. That nobody is logged in is no fault of the package. */
function byNpm(file) {
  const args = ['publish', '--dry-run', '--offline', '--ignore-scripts', '--loglevel=warn', file]
  const { status, stderr } = spawnSync('npm', args, { encoding: 'utf8', shell: process.platform === 'win32' })
  const lines = stderr.split('\n').filter(line => line !== '' && !line.includes('requires you to be logged in'))
  return status === 0 ? lines : [`npm publish --dry-run: ${stderr}`]
}
