// What people write with the package: hooks that must be synchronous, on libraries that are not.

const eslint = `import { synchronized } from 'threaded-async'

const prettier = synchronized('prettier', { timeout: 60_000 })
const formatted = {
  meta: { fixable: 'code' },
  create: context => ({
    Program(node) {
      const { text } = context.sourceCode
      const wanted = prettier.format(text, { parser: 'babel', semi: false })
      const fix = fixer => fixer.replaceTextRange([0, text.length], wanted)
      if (wanted !== text) context.report({ node, message: 'It is not formatted.', fix })
    },
  }),
}

export default [{ files: ['code.js'], plugins: { own: { rules: { formatted } } }, rules: { 'own/formatted': 'error' } }]
`
const markdown = `import MarkdownIt from 'markdown-it'
import { synchronized } from 'threaded-async'

const shiki = synchronized('shiki', { timeout: 60_000 })
const highlight = (code, lang) => shiki.codeToHtml(code, { lang, theme: 'github-dark' })
console.log(new MarkdownIt({ highlight }).render('\`\`\`js\\nconst a = 1\\n\`\`\`'))
`
const babel = `const { AsyncRunner } = require('threaded-async')

const runner = new AsyncRunner()
const namesOf = async file => {
  const { readFile } = await import('node:fs/promises')
  const { default: postcss } = await import('postcss')
  const { default: modules } = await import('postcss-modules')
  let names
  const plugin = modules({ getJSON: (_, json) => void (names = json), generateScopedName: '[local]-scoped' })
  await postcss([plugin]).process(await readFile(file, 'utf8'), { from: file })
  return names
}

module.exports = ({ types }) => ({
  visitor: {
    ImportDeclaration(path) {
      const { source, specifiers } = path.node
      if (!source.value.endsWith('.css')) return
      const names = types.valueToNode(runner.run(namesOf, [require('node:path').resolve(source.value)]))
      path.replaceWith(types.variableDeclaration('const', [types.variableDeclarator(specifiers[0].local, names)]))
    },
  },
})
`
const loader = `const { AsyncRunner } = require('threaded-async')
const { pathToFileURL } = require('node:url')

const load = async url => {
  const { default: configure } = await import(url)
  return configure()
}
exports.load = file => AsyncRunner.use(runner => runner.run(load, [pathToFileURL(file).href]))
`
const transformer = `const { synchronized } = require('threaded-async')

const esbuild = synchronized('esbuild', { timeout: 60_000 })
exports.process = source => ({ code: esbuild.transform(source, { loader: 'ts', format: 'cjs' }).code })
`

export const users = [
  {
    name: 'an ESLint rule on prettier 3',
    packages: { eslint: '9.39.5', prettier: '3.10.1' },
    manifest: { type: 'module' },
    files: { 'eslint.config.mjs': eslint, 'code.js': 'console.log(  "formatted" );' },
    command: `eslint --fix code.js && node -p "fs.readFileSync('code.js', 'utf8')"`,
    prints: /^console\.log\("formatted"\)\n/,
  },
  {
    name: 'markdown-it with shiki',
    packages: { 'markdown-it': '14.1.0', shiki: '3.20.0' },
    files: { 'main.mjs': markdown },
    command: 'node main.mjs',
    prints: /<pre class="shiki github-dark"/,
  },
  {
    name: 'a Babel visitor on postcss-modules',
    packages: {
      '@babel/core': '7.28.5',
      '@babel/cli': '7.28.3',
      postcss: '8.5.33',
      'postcss-modules': '6.0.1',
    },
    manifest: { babel: { plugins: ['./plugin.cjs'] } },
    files: {
      'plugin.cjs': babel,
      'styles.css': '.button { color: red }\n',
      'main.js': `import styles from './styles.css'\nconsole.log(styles.button)\n`,
    },
    command: 'babel main.js --out-file out.js && node out.js',
    prints: /^button-scoped$/m,
  },
  {
    name: 'a configuration that is loaded by a function that blocks',
    version: '',
    files: {
      'loader.cjs': loader,
      'config.mjs': `await null\nexport default async () => ({ port: 8080 })\n`,
      'main.cjs': `console.log(require('./loader.cjs').load(require('node:path').resolve('config.mjs')))\n`,
    },
    command: 'node main.cjs',
    prints: /^\{ port: 8080 \}$/m,
  },
  {
    name: 'a synchronous transformer for Jest',
    packages: { jest: '30.5.2', esbuild: '0.28.2' },
    manifest: { jest: { testMatch: ['**/*.test.ts'], transform: { '\\.ts$': './transformer.cjs' } } },
    files: {
      'transformer.cjs': transformer,
      'sum.test.ts': `test('adds', () => {\n  const sum: number = 1 + 2\n  expect(sum).toBe(3)\n})\n`,
    },
    command: 'jest',
    prints: /1 passed/,
  },
]
