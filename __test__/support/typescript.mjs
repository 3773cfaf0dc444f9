// The programs of the documentation, checked by the compiler of this project.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, run } from './program.mjs'

const strict = {
  target: 'es2022',
  lib: ['es2023', 'esnext.disposable'],
  types: ['node'],
  module: 'nodenext',
  noEmit: true,
  strict: true,
  skipLibCheck: true,
  noImplicitAny: false, // An example need not say what is passed.
}

/** What the compiler says of the files of a folder, and its exit code. */
export async function compiled(folder, include, more = {}) {
  const compilerOptions = { ...strict, ...more }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include }))
  return await run([join(root, 'node_modules/typescript/bin/tsc'), '-p', folder])
}
