// Bundlers. The package stays outside of the bundle; bundled in, it says that it must be outside.

import { nodes } from '../nodes.mjs'
import { cjs, esm } from '../sources.mjs'

const webpack = (mode, externals) => `export default ${JSON.stringify({
  mode,
  target: 'node20',
  entry: './main.mjs',
  experiments: { outputModule: true },
  output: { filename: 'bundle.mjs', module: true, chunkFormat: 'module' },
  externals,
})}
`
const module = { 'threaded-async': 'module threaded-async' }
const rollup = external => `import commonjs from '@rollup/plugin-commonjs'
import resolve from '@rollup/plugin-node-resolve'

export default {
  input: 'main.mjs',
  plugins: [resolve(), commonjs()],
  external: ${JSON.stringify(external)},
  output: { dir: 'out', format: 'es' },
}
`
/** What a project depends on is outside of its bundle without further ado. */
const dependent = { type: 'module', dependencies: { 'threaded-async': '*' } }
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

const nft = `import { nodeFileTrace } from '@vercel/nft'
import { cpSync } from 'node:fs'

const { fileList } = await nodeFileTrace(['main.mjs', 'tasks.mjs', 'greet.mjs'], { base: '..' })
for (const file of fileList) cpSync('../' + file, '../../traced/' + file, { recursive: true, dereference: true })
`
const next = {
  'next.config.mjs': `import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
export default {
  serverExternalPackages: ['threaded-async'],
  turbopack: { root },
  outputFileTracingRoot: root,
}
`,
  'greet.mjs': esm['greet.mjs'],
  'checks.mjs': esm['checks.mjs'],
  'tasks.mjs': esm['tasks.mjs'],
  'app/layout.js': 'export default ({ children }) => <html><body>{children}</body></html>\n',
  'app/page.js': 'export default () => <p>checks</p>\n',
  'app/check/route.js': `import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { check } from '../../checks.mjs'

export const dynamic = 'force-dynamic'
export async function GET() {
  await check(pathToFileURL(join(process.cwd(), 'tasks.mjs')))
  return new Response('checked')
}
`,
  'serve.mjs': `import { createServer } from 'node:http'
import next from 'next'

const app = next({ dev: false })
await app.prepare()
const server = createServer(app.getRequestHandler()).listen(0, async () => {
  const response = await fetch('http://localhost:' + server.address().port + '/check')
  console.log(await response.text())
  process.exit(response.status === 200 ? 0 : 1)
})
`,
}

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
    bundledIn: { refused: [/No loader is configured for "\.node" files/, 'esbuild itself refuses to build it.'] },
    command:
      'esbuild main.cjs --bundle --platform=node --external:threaded-async --outfile=bundle.cjs && node bundle.cjs',
  },
  {
    name: 'rollup',
    packages: { rollup: '4.68.8', '@rollup/plugin-node-resolve': '16.0.3', '@rollup/plugin-commonjs': '29.0.0' },
    files: { ...esm, 'rollup.config.mjs': rollup(['threaded-async']) },
    bundledIn: { files: { ...esm, 'rollup.config.mjs': rollup([]) } },
    command: `rollup -c ${withTasks} && node out/main.js`,
  },
  {
    name: 'rolldown',
    packages: { rolldown: '1.3.2' },
    command: `rolldown main.mjs --platform node --external threaded-async --dir out ${withTasks} && node out/main.js`,
  },
  {
    name: 'webpack',
    differs: { ...inside, ...minified },
    packages: { webpack: '5.113.0', 'webpack-cli': '7.3.1' },
    files: { ...esm, 'webpack.config.mjs': webpack('production', module) },
    bundledIn: { files: { ...esm, 'webpack.config.mjs': webpack('production') } },
    command: 'webpack && cd dist && node bundle.mjs',
  },
  {
    name: 'webpack, development',
    differs: {
      ...inside,
      'its stack names the file and line': [/ENOENT.*checks/, 'Stacks name no file that exists.'],
    },
    packages: { webpack: '5.113.0', 'webpack-cli': '7.3.1' },
    files: { ...esm, 'webpack.config.mjs': webpack('development', module) },
    command: 'webpack && cd dist && node bundle.mjs',
  },
  {
    name: 'rspack',
    differs: { ...inside, ...minified },
    packages: { '@rspack/core': '2.3.3', '@rspack/cli': '2.2.8' },
    files: { ...esm, 'rspack.config.mjs': webpack('production', module) },
    bundledIn: { files: { ...esm, 'rspack.config.mjs': webpack('production') } },
    command: 'rspack build && cd dist && node bundle.mjs',
  },
  {
    name: 'Vite, SSR',
    packages: { vite: '8.3.8' },
    bundledIn: { files: { ...esm, 'vite.config.mjs': 'export default { ssr: { noExternal: true } }\n' } },
    command: `vite build --ssr main.mjs --outDir out ${withTasks} && node out/main.js`,
  },
  {
    name: 'tsdown',
    packages: { tsdown: '0.23.7' },
    node: nodes[24],
    manifest: dependent,
    bundledIn: { manifest: { type: 'module' } },
    command: `tsdown main.mjs --platform node --out-dir out ${withTasks} && node out/main.mjs`,
  },
  {
    name: 'tsup',
    packages: { tsup: '8.5.0', typescript: '5.9.3' },
    manifest: dependent,
    bundledIn: { manifest: { type: 'module' } },
    command: `tsup main.mjs --format esm --platform node --out-dir out ${withTasks} && node out/main.js`,
  },
  {
    name: 'Parcel',
    differs: {
      ...anyImport,
      'functions of a module': [
        /exports no function/,
        'A module that `new URL(…)` names is built without its exports.',
      ],
    },
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
    name: '@vercel/nft',
    packages: { '@vercel/nft': '1.11.5' },
    files: { ...esm, 'trace.mjs': nft },
    command: 'node trace.mjs && cd ../../traced/vercel-nft && node main.mjs',
  },
  {
    name: 'Next 16',
    packages: { next: '16.4.6', react: '19.2.0', 'react-dom': '19.2.0' },
    manifest: {},
    files: next,
    differs: { ...anyImport, ...minified },
    env: { NEXT_TELEMETRY_DISABLED: '1' },
    command: 'next build && node serve.mjs',
  },
  {
    name: '@vercel/ncc',
    differs: inside,
    packages: { '@vercel/ncc': '0.45.0' },
    command: `ncc build main.mjs -e threaded-async -o out ${withTasks} && node out/index.mjs`,
  },
]

/** Node with the program in it, beside which the package is. The file of the program is that of the executable. */
const single = {
  'app.cjs': `require = require('node:module').createRequire(process.execPath)
${cjs['checks.cjs']}
const { dirname } = require('node:path')
check(require('node:url').pathToFileURL(dirname(process.execPath) + '/tasks.cjs'))
`,
  'tasks.cjs': cjs['tasks.cjs'],
  'greet.mjs': cjs['greet.mjs'],
  'sea.json': JSON.stringify({ main: 'app.cjs', output: 'app.blob', disableExperimentalSEAWarning: true }),
}
const singleExecutable = {
  name: 'a single executable application',
  packages: { postject: '1.0.0-alpha.6' },
  manifest: {},
  files: single,
  differs: {
    'its stack names the file and line': [/No file is in|ENOENT/, 'Stacks do not name the file of the program.'],
  },
  command: [
    'node --experimental-sea-config sea.json',
    `node -e "fs.copyFileSync(process.execPath, 'app'); fs.chmodSync('app', 0o755)"`,
    'postject app NODE_SEA_BLOB app.blob --sentinel-fuse NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2',
    './app',
  ].join(' && '),
}

const refused = [/ERR_BUNDLED[^]*external|external[^]*ERR_BUNDLED/, 'the load says `external`.']
const flag = / (--external[: ]|-e )threaded-async/

/** Each with the package outside of the bundle; and inside, for those where that is a flag or a file of its own. */
const outsideAndInside = bundled.flatMap(({ bundledIn, ...project }) => {
  const outside = { manifest: { type: 'module' }, files: esm, ...project }
  const { command, name, isMostUsed: _1, differs: _2, ...rest } = outside
  if (!flag.test(command) && bundledIn === undefined) return [outside]
  return [outside, { ...rest, refused, ...bundledIn, name: `${name}, bundled in`, command: command.replace(flag, '') }]
})

export const bundlers = [
  ...outsideAndInside,
  { ...singleExecutable, version: 'of Node.js' },
  { ...singleExecutable, name: `${singleExecutable.name}, Node.js 24`, version: 'of Node.js', node: nodes[24] },
]
