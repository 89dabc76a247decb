import { render } from 'preact-render-to-string'
import { beforeAll, describe, expect, test } from 'vitest'
import { coloursReady } from './coloured.tsx'
import { allOfMarkdown, Markdown, type Names } from './markdown-view.tsx'

const names: Names = {
  me: 'ada',
  user: n => ({ bo: 'b', 'alice:hq': 'a' })[n],
  channel: () => undefined,
  showUser: () => {},
  tag: t => `/ship/search?q=${encodeURIComponent(t)}`,
  copy: () => {},
  latex: { block: true, inline: true },
  go: () => {},
}
const html = (source: string): string => render(<Markdown source={source} names={names} />)

const ALLOWED =
  /^(div|p|br|bdi|strong|em|del|code|pre|blockquote|ul|ol|li|a|mark|button|span|small|svg|path|table|thead|tbody|tr|th|td|hr|sup)$/
const FORMULA =
  /^(math|semantics|annotation|m(text|n|o|i|space|over|under|underover|sup|sub|subsup|frac|root|sqrt|table|tr|td|row|enclose|style|padded|phantom))$/
const ATTRIBUTES =
  /^(class|id|href|target|rel|type|title|start|tabindex|role|aria-(label|expanded|hidden)|viewBox|d)$/
const FORMULA_ATTRIBUTES =
  /^(accent|accentunder|column(align|lines|spacing)|depth|display|displaystyle|encoding|fence|height|largeop|linebreak|linethickness|[lr]space|math(background|color|size|variant)|m(ax|in)size|notation|row(lines|spacing)|scriptlevel|separator|stretchy|valign|voffset|width)$/

const LANGUAGES = [
  'html',
  'xml',
  'javascript',
  'php',
  'css',
  'markdown',
  'svg',
  'bash',
  'json',
  'sql',
  'diff',
  'constructor',
]
const CODE =
  '<script>alert(1)</script><img src=x onerror=alert(1)>"\'>--><!--</code></pre><a href="javascript:alert(1)">'
const TEX = [
  '\\href{javascript:alert(1)}{x}',
  '\\url{javascript:alert(1)}',
  '\\includegraphics[alt=x]{javascript:alert(1)}',
  '\\includegraphics{https://a.example/x.png}',
  '\\htmlClass{x" onclick="alert(1)}{y}',
  '\\htmlId{x}{y}',
  '\\htmlStyle{background:url(javascript:alert(1))}{y}',
  '\\htmlData{onclick=alert(1)}{y}',
  '\\text{<img src=x onerror=alert(1)>}',
  '\\text{</math><script>alert(1)</script>}',
  '\\color{red" onload="alert(1)}x',
  '\\textcolor{#f00;background:url(x)}{x}',
  '\\colorbox{red}{<b>}',
  '\\operatorname{<svg/onload=alert(1)>}',
  '\\char"3C script\\char"3E',
  '\\def\\x{\\href{javascript:alert(1)}{y}}\\x',
  '\\frac{a}{b}^{<script>}',
  '\\begin{array}{c|c}<a>&b\\\\c&d\\end{array}',
  '\\rule{9999em}{9999em}',
  '\\unknown{<b>}',
]

// After the usual collections of cross-site scripting tricks.
const corpus = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<svg/onload=alert(1)>',
  '<svg><script>alert(1)</script></svg>',
  '<iframe src="javascript:alert(1)">',
  '<a href="javascript:alert(1)">x</a>',
  '<math><mi xlink:href="javascript:alert(1)">x',
  '"><script>alert(1)</script>',
  "'-alert(1)-'",
  '<<script>alert(1)//<</script>',
  '<ScRiPt>alert(1)</sCrIpT>',
  '<body onload=alert(1)>',
  '<style>@import "javascript:alert(1)"</style>',
  '<!--<img src="--><img src=x onerror=alert(1)//">',
  '<details open ontoggle=alert(1)>',
  '[x](javascript:alert(1))',
  '[x](JAVASCRIPT:alert(1))',
  '[x](java\nscript:alert(1))',
  '[x](javascript&#58;alert(1))',
  '[x](javascript&colon;alert(1))',
  '[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)',
  '[x](vbscript:x)',
  '[x](<javascript:alert(1)>)',
  '[x](http://a"onmouseover="alert(1))',
  "[x](http://a'onmouseover='alert(1))",
  '[x](https://a "onmouseover=alert(1)")',
  '![x](javascript:alert(1))',
  '![x"onerror="alert(1)](http://a/b)',
  '![](http://a/b" onerror="alert(1))',
  '<javascript:alert(1)>',
  '<http://a" onclick="alert(1)>',
  'https://a.example/"onmouseover="alert(1)',
  'www.a.example/<script>alert(1)</script>',
  '`<script>alert(1)</script>`',
  '```html"onclick="alert(1)\n<script>alert(1)</script>\n```',
  '~~~<img src=x onerror=alert(1)>\n~~~',
  '> <img src=x onerror=alert(1)>',
  '- <img src=x onerror=alert(1)>',
  '# <img src=x onerror=alert(1)>',
  '|<img src=x onerror=alert(1)>|b|\n|-|-|\n|[x](javascript:alert(1))|2|',
  '@bo<img src=x onerror=alert(1)>',
  '@"onclick="alert(1)',
  ':"onmouseover=alert(1):',
  ':<img src=x onerror=alert(1)>:',
  '#a"onclick="alert(1)',
  '~a"onclick="alert(1)',
  '[[x](javascript:alert(1))](http://a)',
  '[![x](javascript:alert(1))](javascript:alert(2))',
  '**<b onclick=alert(1)>**',
  '\u0000<script>alert(1)</script>',
  '&lt;script&gt;alert(1)&lt;/script&gt;',
  '{{constructor.constructor("alert(1)")()}}',
  '<template><script>alert(1)</script></template>',
  'tel:"onclick=alert(1)',
  'mailto:a@b"onclick="alert(1)',
  '<xss style="animation:x" onanimationstart=alert(1)>',
  '<form action=javascript:alert(1)><button>x',
  '<base href="javascript:/a/-alert(1)///////">',
  ...LANGUAGES.map(l => `\`\`\`${l}\n${CODE}\n\`\`\``),
  ...TEX.map(t => `\`\`\`latex\n${t}\n\`\`\``),
  ...TEX.map(t => `so $${t}$ it is`),
  '```latex\n<script>alert(1)</script>\n```',
  '$<img src=x onerror=alert(1)>$',
  '- [x] <img src=x onerror=alert(1)>',
  '- [<img src=x onerror=alert(1)>] x',
  '- [x](javascript:alert(1))',
  '#tag"onclick="alert(1)',
  '#tag<script>alert(1)</script>',
  '#a.b/../../..',
  'x[^"onclick="alert(1)]\n\n[^"onclick="alert(1)]: <script>alert(1)</script>',
  'x[^1]\n\n[^1]: [x](javascript:alert(1)) <img src=x onerror=alert(1)>',
  '[^<svg/onload=alert(1)>]\n[^<svg/onload=alert(1)>]: y',
  '|a|\n|:-"onclick="alert(1):|\n|b|',
  '|a|b|\n|:-:|-:|\n|<script>alert(1)</script>|$\\href{javascript:alert(1)}{x}$|',
]

function check(source: string): void {
  const out = html(source)
  // What is left between angle brackets are our own elements, with our own attributes.
  const tags = out.match(/<[^>]*>/g) ?? []
  for (const tag of tags) {
    const name = /^<\/?\s*([a-z0-9]+)/i.exec(tag)?.[1] ?? ''
    const math = FORMULA.test(name)
    if (!math) expect(name).toMatch(ALLOWED)
    const attributes = [...tag.matchAll(/\s([a-zA-Z-]+)=/g)]
      .filter(m => !insideQuotes(tag, m.index))
      .map(m => m[1])
    for (const a of attributes) expect(a).toMatch(math ? FORMULA_ATTRIBUTES : ATTRIBUTES)
    const href = /\shref="([^"]*)"/.exec(tag)?.[1]
    if (href !== undefined)
      expect(href).toMatch(/^(https?:\/\/|ftp:\/\/|mailto:|tel:|\/ship\/search\?q=%23[\w%.-]*$)/)
  }
}

const insideQuotes = (tag: string, at: number): boolean => (tag.slice(0, at).split('"').length - 1) % 2 === 1

describe('as messages are first drawn', () => {
  test.each(corpus)('%j brings in no markup', check)
})

test('a name is known with its site, and without what merely follows it', () => {
  expect(html('@alice:hq')).toContain('@alice:hq</button>')
  expect(html('@bo:thanks')).toContain('@bo</button>:thanks')
  expect(html('@cy:thanks')).toContain('@cy:thanks')
})

test('links leave nothing behind them', () => {
  expect(html('https://a.example')).toContain('rel="noopener noreferrer"')
})

test('a person who exists can be asked for, another is plain text', () => {
  expect(html('@bo @cy @ada')).toContain('<button')
  expect(html('@cy')).not.toContain('<button')
  expect(html('@ada')).toContain('<mark>')
})

test('a tag leads to where it is found', () => {
  expect(html('#storm')).toContain('href="/ship/search?q=%23storm"')
  expect(render(<Markdown source="#storm" names={{ ...names, tag: () => '' }} />)).not.toContain('<a')
})

test('a task says whether it is done', () => {
  expect(html('- [x] a')).toContain('aria-label="Done"')
  expect(html('- [ ] a')).toContain('aria-label="Not done"')
})

const ids = (out: string): string[] => [...out.matchAll(/ id="([^"]*)"/g)].map(m => m[1] ?? '')

describe('with every part there', () => {
  beforeAll(async () => {
    await allOfMarkdown()
    await coloursReady()
  })

  test.each(corpus)('%j brings in no markup', check)

  test('code has its colours, and stays what it was', () => {
    const out = html('```rust\nfn main() { let x = "<b>"; }\n```')
    expect(out).toContain('<span class="c-word">fn</span>')
    expect(out.replace(/<[^>]*>/g, '')).toContain('fn main() { let x = &quot;&lt;b>&quot;; }')
  })

  test('a mark and its note lead to each other, in every place where the message is drawn', () => {
    const source = 'Fuel[^f] is low[^f].\n\n[^f]: By the **gauge**.'
    const both = html(source) + html(source)
    expect(new Set(ids(both)).size).toBe(6)
    expect(ids(both)).toHaveLength(6)
    const one = html(source)
    expect(one).toContain('aria-label="Note 1"')
    expect(one).toContain('<strong>gauge</strong>')
    expect(one).toContain('aria-label="Back to note mark 1, place 2"')
  })

  test('a formula is drawn where the site draws them, and is its source elsewhere', () => {
    expect(html('so $\\frac{a}{b}$')).toContain('<mfrac>')
    expect(html('```latex\n\\sqrt{x}\n```')).toContain('<msqrt>')
    const off = { ...names, latex: { block: false, inline: false } }
    const out = render(<Markdown source={'$\\frac{a}{b}$\n```latex\n\\sqrt{x}\n```'} names={off} />)
    expect(out).not.toContain('<math')
    expect(out).toContain('\\sqrt{x}')
  })

  test('what is no formula stays as it was written', () => {
    expect(html('so $\\frac{a$')).toContain('<code>\\frac{a</code>')
  })

  test.each([
    `\\def\\a{\\b\\b}\\def\\b{\\c\\c}\\def\\c{\\d\\d}\\def\\d{\\e\\e}\\def\\e{\\f\\f}\\def\\f{\\g\\g}\\def\\g{\\h\\h}\\def\\h{xxxxxxxx}\\a\\a\\a`,
    '\\def\\x{\\x\\x}\\x',
    `${'{'.repeat(900)}x${'}'.repeat(900)}`,
    `${'\\frac{1}{'.repeat(300)}x${'}'.repeat(300)}`,
    'x'.repeat(3_900),
  ])('a formula that would grow beyond bounds does not: %.40s', tex => {
    expect(html(`\`\`\`latex\n${tex}\n\`\`\``).length).toBeLessThan(40 * tex.length + 2_000)
  })
})
