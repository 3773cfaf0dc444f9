// The default theme without its font from elsewhere, in colours of our own, and with a program on the home page.

import { h } from 'vue'
import DefaultTheme from 'vitepress/theme-without-fonts'
import { data as example } from './example.data.mjs'
import './style.css'

const Example = () => h('div', { class: 'example' }, h('div', { class: 'vp-doc', innerHTML: example }))

export default {
  extends: DefaultTheme,
  Layout: () => h(DefaultTheme.Layout, null, { 'home-hero-after': () => h(Example) }),
}
