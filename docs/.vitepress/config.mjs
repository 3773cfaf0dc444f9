// The documentation site, as VitePress builds it: `npm run docs`.
//
// The pages are those that are read in the repository; where each stands on the site is told in pages.mjs. Nothing is loaded
// from another place: neither fonts, nor scripts, nor the search.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'vitepress'
import { addressOf, root, sections, titleOf } from './pages.mjs'
import { anchorOf, linksOf } from './markdown.mjs'

const { version, description } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const reference = join(root, 'target', 'site', 'reference', 'sidebar.json')
const icon =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="none" stroke="#2f7d6b" stroke-width="4" stroke-linecap="round">' +
  '<path d="M4 10h24M4 22h7M21 22h7"/><path d="M16 10v12" stroke-dasharray="1 6"/></svg>'

const sidebar = sections().map(({ text, pages }) => ({
  text,
  items: pages.map(page => ({ text: titleOf(page), link: addressOf(page) })),
}))
sidebar.find(({ text }) => text === 'Reference').items.splice(1, 0, { text: 'All names, in full', link: '/reference/' })

export default defineConfig({
  title: 'threaded-async',
  description,
  lang: 'en',
  srcDir: '..',
  srcExclude: ['__test__/**', 'benchmark/**', 'dist/**', 'npm/**', 'target/!(site)/**'],
  outDir: join(root, 'target', 'site', 'out'),
  cacheDir: join(root, 'target', 'site', 'cache'),
  rewrites: page => `${addressOf(page).slice(1)}.md`,
  head: [['link', { rel: 'icon', href: `data:image/svg+xml,${encodeURIComponent(icon)}` }]],
  markdown: {
    anchor: { slugify: anchorOf },
    config: markdown => markdown.use(linksOf),
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Guide', link: '/start', activeMatch: '^/(?!$|index|reference/|api|changelog)' },
      { text: 'API', link: '/api', activeMatch: '^/api' },
      { text: 'Reference', link: '/reference/', activeMatch: '^/reference/' },
      { text: version, link: '/changelog', activeMatch: '^/changelog' },
    ],
    sidebar: {
      '/reference/': existsSync(reference) ? JSON.parse(readFileSync(reference, 'utf8')) : [],
      '/': sidebar,
    },
    footer: { message: 'Licensed under the Apache License 2.0.' },
  },
  vite: { publicDir: false, build: { chunkSizeWarningLimit: 2000 } },
})
