// Bundlers. The package stays outside of the bundle; bundled in, it says that it must be outside.

import { nodes } from '../nodes.mjs'
import { cjs, esm } from '../sources.mjs'

const external = ['threaded-async']
const webpack = {
  mode: 'production',
  target: 'node20',
  entry: './main.mjs',
  experiments: { outputModule: true },
  output: { path: 'OUT', filename: 'bundle.mjs', module: true, chunkFormat: 'module' },
  externals: { 'threaded-async': 'module threaded-async' },
}
const configOf = (value, more = '') =>
  `export default ${JSON.stringify(value).replace('"OUT"', 'import.meta.dirname')}\n${more}`
const rollup = `import resolve from '@rollup/plugin-node-resolve'

export default { input: 'main.mjs', plugins: [resolve()], external: EXTERNAL, output: { dir: 'out', format: 'es' } }
`
const captured = /captures `/
/** What goes into the bundle is no file any more. */
const inside = {
  'import() of a file beside this one': [captured, '`import()` of a file that is bundled in is refused.'],
}
const minified = {
  'a captured variable is refused by its name': [captured, 'Messages have the names that are left.'],
}
const anyImport = {
  ...inside,
  'import() of a builtin module': [captured, '`import()` becomes a call of the bundler, and is refused.'],
}
const withTasks = `&& node -e "fs.cpSync('tasks.mjs', 'out/tasks.mjs')"`

const bundled = [
  {
    name: 'esbuild',
    isMostUsed: true,
    packages: { esbuild: '0.28.2' },
    differs: inside,
    command:
      'esbuild main.mjs --bundle --platform=node --format=esm --external:threaded-async --outfile=bundle.mjs && node bundle.mjs',
  },
  {
    name: 'esbuild, minified',
    packages: { esbuild: '0.28.2' },
    differs: { ...inside, ...minified },
    command:
      'esbuild main.mjs --bundle --minify --platform=node --format=esm --external:threaded-async --outfile=bundle.mjs && node bundle.mjs',
  },
  {
    name: 'esbuild, CommonJS',
    packages: { esbuild: '0.28.2' },
    differs: inside,
    files: cjs,
    command:
      'esbuild main.cjs --bundle --platform=node --external:threaded-async --outfile=bundle.cjs && node bundle.cjs',
  },
  {
    name: 'rollup',
    packages: { rollup: '4.68.8', '@rollup/plugin-node-resolve': '16.0.3' },
    files: { ...esm, 'rollup.config.mjs': rollup.replace('EXTERNAL', JSON.stringify(external)) },
    command: `rollup -c ${withTasks} && node out/main.js`,
  },
  {
    name: 'rolldown',
    packages: { rolldown: '1.3.2' },
    files: esm,
    command: `rolldown main.mjs --platform node --external threaded-async --dir out ${withTasks} && node out/main.js`,
  },
  {
    name: 'webpack',
    differs: { ...anyImport, ...minified },
    packages: { webpack: '5.113.0', 'webpack-cli': '7.3.1' },
    files: { ...esm, 'webpack.config.mjs': configOf(webpack) },
    command: 'webpack && node bundle.mjs',
  },
  {
    name: 'webpack, development',
    differs: { ...anyImport, 'its stack names the file and line': [/webpack/, 'Stacks name no file.'] },
    packages: { webpack: '5.113.0', 'webpack-cli': '7.3.1' },
    files: { ...esm, 'webpack.config.mjs': configOf({ ...webpack, mode: 'development' }) },
    command: 'webpack && node bundle.mjs',
  },
  {
    name: 'rspack',
    differs: { ...anyImport, ...minified },
    packages: { '@rspack/core': '2.3.3', '@rspack/cli': '2.2.8' },
    files: { ...esm, 'rspack.config.mjs': configOf(webpack) },
    command: 'rspack build && node bundle.mjs',
  },
  {
    name: 'Vite, SSR',
    packages: { vite: '8.3.8' },
    files: esm,
    command: `vite build --ssr main.mjs --outDir out ${withTasks} && node out/main.js`,
  },
  {
    name: 'tsdown',
    packages: { tsdown: '0.23.7' },
    node: nodes[24],
    files: esm,
    command: `tsdown main.mjs --platform node --external threaded-async --out-dir out ${withTasks} && node out/main.mjs`,
  },
  {
    name: 'tsup',
    packages: { tsup: '8.5.0', typescript: '5.9.3' },
    files: esm,
    command: `tsup main.mjs --format esm --platform node --external threaded-async --out-dir out ${withTasks} && node out/main.js`,
  },
  {
    name: 'Parcel',
    packages: { parcel: '2.16.4' },
    manifest: {
      type: 'module',
      targets: {
        main: {
          source: 'main.mjs',
          distDir: 'out',
          context: 'node',
          outputFormat: 'esmodule',
          includeNodeModules: { 'threaded-async': false },
        },
      },
      main: 'out/main.mjs',
      engines: { node: '>=20' },
      dependencies: { 'threaded-async': '*' },
    },
    command: `parcel build --no-cache ${withTasks} && node out/main.mjs`,
  },
  {
    name: '@vercel/ncc',
    packages: { '@vercel/ncc': '0.45.0' },
    command: `ncc build main.mjs -e threaded-async -o out ${withTasks} && node out/index.mjs`,
  },
]

export const bundlers = bundled.map(project => ({ manifest: { type: 'module' }, files: esm, ...project }))
