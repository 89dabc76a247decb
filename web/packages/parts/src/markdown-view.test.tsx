import { render } from 'preact-render-to-string'
import { expect, test } from 'vitest'
import { Markdown, type Names } from './markdown-view.tsx'

const names: Names = {
  me: 'ada',
  user: n => ({ bo: 'b', 'alice:hq': 'a' })[n],
  channel: () => undefined,
  showUser: () => {},
  go: () => {},
}
const html = (source: string): string => render(<Markdown source={source} names={names} />)

const ALLOWED =
  /^(div|p|br|strong|em|del|code|pre|blockquote|ul|ol|li|a|mark|button|span|table|thead|tbody|tr|th|td|hr)$/

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
]

test.each(corpus)('%j brings in no markup', source => {
  const out = html(source)
  // What is left between angle brackets are our own elements, with our own attributes.
  const tags = out.match(/<[^>]*>/g) ?? []
  for (const tag of tags) {
    const name = /^<\/?\s*([a-z0-9]+)/i.exec(tag)?.[1] ?? ''
    expect(name).toMatch(ALLOWED)
    const attributes = [...tag.matchAll(/\s([a-zA-Z-]+)=/g)]
      .filter(m => !insideQuotes(tag, m.index))
      .map(m => m[1])
    for (const a of attributes)
      expect([
        'class',
        'href',
        'target',
        'rel',
        'type',
        'title',
        'start',
        'tabindex',
        'role',
        'aria-label',
      ]).toContain(a)
    const href = /\shref="([^"]*)"/.exec(tag)?.[1]
    if (href !== undefined) expect(href).toMatch(/^(https?:\/\/|ftp:\/\/|mailto:|tel:)/)
  }
})

const insideQuotes = (tag: string, at: number): boolean => (tag.slice(0, at).split('"').length - 1) % 2 === 1

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
