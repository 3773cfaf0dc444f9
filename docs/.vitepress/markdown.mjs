// Markdown as it is read on GitHub, on the site: the same anchors, and links that are relative to the file they stand in.
//
// A link to a page leads to that page, a link to another file of the repository to a page with its source.

import { posix, relative } from 'node:path'
import { addressOf, root } from './pages.mjs'

/** The anchor of a heading, as GitHub makes it; markdown-it numbers those that are there already as GitHub does. */
export const anchorOf = heading =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, '')
    .replaceAll(' ', '-')

/** The file that a link in a page means, and what follows its name; undefined for links that lead elsewhere. */
export function linked(page, href) {
  const [, file, rest] = /^([^?#]*)(.*)$/.exec(href)
  if (file === '' || /^([a-z]+:|\/)/i.test(file)) return undefined
  return { file: posix.join(posix.dirname(page), decodeURI(file)), rest }
}

function rewrite(token, page) {
  const target = linked(page, token.attrGet('href'))
  if (target) token.attrSet('href', `${addressOf(target.file)}.html${target.rest}`)
}

/** A plugin of markdown-it: it runs before VitePress looks at the links. */
export function linksOf(markdown) {
  markdown.core.ruler.push('links of the repository', ({ tokens, env }) => {
    if (env.realPath === undefined) return // A heading, read for its text.
    const page = relative(root, env.realPath).replaceAll('\\', '/')
    for (const { children } of tokens) {
      for (const token of children ?? []) if (token.type === 'link_open') rewrite(token, page)
    }
  })
}
