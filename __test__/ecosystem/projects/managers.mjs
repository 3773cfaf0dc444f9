// Package managers, and where packages end up. Each installs the package by itself.

import { cjs, esm } from '../sources.mjs'

const options = '--prefer-offline --no-audit --no-fund --loglevel=error'
const manifest = { type: 'module' }

export const managers = [
  { name: 'npm', version: 'of Node.js', files: esm, command: `npm install ${options} && node main.mjs` },
  {
    name: 'npm, CommonJS',
    version: 'of Node.js',
    manifest: {},
    files: cjs,
    command: `npm install ${options} && node main.cjs`,
  },
  {
    name: 'npm, a workspace',
    version: 'of Node.js',
    manifest: { type: 'module', workspaces: ['app'] },
    files: Object.fromEntries([
      ['app/package.json', '{ "name": "app", "version": "1.0.0", "type": "module" }'],
      ...Object.entries(esm).map(([name, text]) => [`app/${name}`, text]),
    ]),
    command: `npm install ${options} && node app/main.mjs`,
  },
  {
    name: 'a folder with odd characters in its name',
    version: '',
    files: Object.fromEntries(Object.entries(esm).map(([name, text]) => [`a # folder, ü %20 [x]/${name}`, text])),
    command: `npm install ${options} && cd "a # folder, ü %20 [x]" && node main.mjs`,
  },
  {
    name: 'read-only node_modules',
    version: '',
    files: esm,
    command: `npm install ${options} && chmod -R a-w node_modules && node main.mjs && chmod -R u+w node_modules`,
  },
  {
    name: 'pnpm',
    packages: { pnpm: '12.21.0' },
    files: esm,
    command: 'pnpm install --prefer-offline && node main.mjs',
  },
  {
    name: 'Yarn 1',
    packages: { yarn: '1.22.22' },
    files: esm,
    command: 'yarn install --no-progress --cache-folder cached && node main.mjs',
  },
  {
    name: "Yarn 4, Plug'n'Play",
    packages: { '@yarnpkg/cli-dist': '4.18.1' },
    files: { ...esm, '.yarnrc.yml': 'nodeLinker: pnp\nenableTelemetry: false\n', 'yarn.lock': '' },
    env: { YARN_ENABLE_IMMUTABLE_INSTALLS: 'false' },
    command: 'yarn install && yarn node main.mjs',
  },
  {
    name: 'Yarn 4, node_modules',
    packages: { '@yarnpkg/cli-dist': '4.18.1' },
    files: { ...esm, '.yarnrc.yml': 'nodeLinker: node-modules\nenableTelemetry: false\n', 'yarn.lock': '' },
    env: { YARN_ENABLE_IMMUTABLE_INSTALLS: 'false' },
    command: 'yarn install && node main.mjs',
  },
  {
    name: 'bun install',
    packages: { bun: '1.4.5' },
    scripts: true,
    files: esm,
    command: 'bun install && node main.mjs',
  },
].map(project => ({ apart: true, manifest, ...project }))
