// Compilers, and what runs TypeScript.

import { nodes } from '../nodes.mjs'
import { esm, ts, tsInCommonJS } from '../sources.mjs'

/** The settings of a TypeScript project: `skipLibCheck` is off, so that the package's declarations are checked as well. */
const tsconfig = (module, moduleResolution, more = {}) =>
  JSON.stringify({
    compilerOptions: {
      target: 'es2022',
      lib: ['es2023', 'esnext.disposable'],
      module,
      moduleResolution,
      types: ['node'],
      strict: true,
      skipLibCheck: false,
      ...more,
    },
    files: ['main.ts'],
  })

const lines = {
  'its stack names the file and line': [
    /^Error: It names .*checks\.ts:/,
    'Lines in stacks are those of the JavaScript.',
  ],
}

const settings = {
  'nodenext, ES modules': ['module', 'nodenext', 'nodenext'],
  'nodenext, CommonJS': ['commonjs', 'nodenext', 'nodenext'],
  'node16, ES modules': ['module', 'node16', 'node16'],
  'node16, CommonJS': ['commonjs', 'node16', 'node16'],
  bundler: ['module', 'esnext', 'bundler'],
  node10: ['commonjs', 'commonjs', 'node10'],
}

function typescript(version, setting) {
  const [type, module, resolution] = settings[setting]
  const isCurrent = Number(version.split('.')[0]) > 5
  const more = setting === 'node10' && isCurrent ? { ignoreDeprecations: '6.0' } : {}
  return {
    name: `TypeScript ${version.split('.').slice(0, 2).join('.')}, ${setting}`,
    isMostUsed: version === '5.9.3' && setting === 'nodenext, CommonJS',
    packages: { typescript: version, '@types/node': '20.19.9' },
    manifest: { type },
    files: {
      ...(type === 'module' ? ts('.js') : tsInCommonJS()),
      'tsconfig.json': tsconfig(module, resolution, more),
    },
    command: 'tsc && node main.js',
  }
}

const versions = ['5.4.5', '5.7.3', '5.9.3', '6.0.3', '7.0.2']
const isThere = (version, setting) => !(version === '7.0.2' && setting === 'node10')

const stripping = version => ({
  name: `Node.js ${version} itself, which strips types`,
  version: 'of Node.js',
  node: nodes[version],
  manifest: { type: 'module' },
  files: ts('.ts', 'tasks.ts'),
  command: 'node main.ts',
})

export const compilers = [
  ...versions.flatMap(version =>
    Object.keys(settings)
      .filter(setting => isThere(version, setting))
      .map(setting => typescript(version, setting)),
  ),
  ...[22, 24, 26].map(stripping),
  {
    name: 'tsx',
    isMostUsed: true,
    packages: { tsx: '4.23.15' },
    manifest: { type: 'module' },
    files: ts(),
    command: 'tsx main.ts',
  },
  {
    name: 'tsx, a module of tasks in TypeScript',
    packages: { tsx: '4.23.15' },
    node: nodes[22],
    manifest: { type: 'module' },
    files: ts('', 'tasks.ts'),
    command: 'tsx main.ts',
  },
  {
    name: 'tsx, CommonJS',
    packages: { tsx: '4.23.15' },
    manifest: { type: 'commonjs' },
    files: tsInCommonJS(''),
    command: 'tsx main.ts',
  },
  {
    name: 'ts-node, ES modules',
    differs: lines,
    packages: { 'ts-node': '10.9.2', typescript: '5.9.3', '@types/node': '20.19.9' },
    manifest: { type: 'module' },
    files: { ...ts('.js'), 'tsconfig.json': tsconfig('nodenext', 'nodenext') },
    command: 'node --loader ts-node/esm main.ts',
  },
  {
    name: 'ts-node, CommonJS',
    packages: { 'ts-node': '10.9.2', typescript: '5.9.3', '@types/node': '20.19.9' },
    manifest: { type: 'commonjs' },
    files: { ...tsInCommonJS(''), 'tsconfig.json': tsconfig('commonjs', 'node10') },
    command: 'ts-node main.ts',
  },
  {
    name: '@swc-node/register, ES modules',
    differs: lines,
    packages: { '@swc-node/register': '1.12.1', '@swc/core': '1.16.22', typescript: '5.9.3' },
    manifest: { type: 'module' },
    files: { ...ts('.ts'), 'tsconfig.json': tsconfig('nodenext', 'nodenext') },
    command: 'node --import @swc-node/register/esm-register main.ts',
  },
  {
    name: '@swc-node/register, CommonJS',
    differs: lines,
    packages: { '@swc-node/register': '1.12.1', '@swc/core': '1.16.22', typescript: '5.9.3' },
    manifest: { type: 'commonjs' },
    files: { ...tsInCommonJS(''), 'tsconfig.json': tsconfig('commonjs', 'node10') },
    command: 'node -r @swc-node/register main.ts',
  },
  {
    name: '@oxc-node/core',
    packages: { '@oxc-node/core': '0.1.7' },
    node: nodes[24],
    manifest: { type: 'module' },
    files: ts('.ts', 'tasks.ts'),
    command: 'node --import @oxc-node/core/register main.ts',
  },
  {
    name: 'jiti',
    packages: { jiti: '2.7.0' },
    manifest: { type: 'module' },
    files: ts(),
    command: 'jiti main.ts',
  },
  {
    name: 'sucrase, as CommonJS',
    packages: { sucrase: '3.35.1' },
    manifest: { type: 'commonjs' },
    files: tsInCommonJS(''),
    command: 'node -r sucrase/register main.ts',
  },
  {
    name: 'Babel 7, preset-env for Node.js 20',
    packages: { '@babel/core': '7.28.5', '@babel/cli': '7.28.3', '@babel/preset-env': '7.28.5' },
    manifest: {
      type: 'module',
      babel: { presets: [['@babel/preset-env', { targets: { node: 20 }, modules: false }]] },
    },
    files: esm,
    command: 'babel checks.mjs --source-maps inline --out-file checks.mjs && node main.mjs',
  },
]
