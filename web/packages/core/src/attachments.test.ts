import { describe, expect, test } from 'vitest'
import { attachmentsOf, barColor, previewOf, shownAs } from './attachments.ts'

const post = (attachments: unknown) => ({ props: { attachments } })

describe('attachments', () => {
  test('what has another type than expected is left out, whatever it is', () => {
    expect(attachmentsOf({ props: {} })).toEqual([])
    expect(attachmentsOf(post('text'))).toEqual([])
    expect(attachmentsOf(post([null, 7, 'x', []]))).toEqual([])
    const [a] = attachmentsOf(post([{ title: { a: 1 }, text: ['x'], fields: 'no', actions: [{ id: 1 }] }]))
    expect(a).toMatchObject({ title: '', text: '', fields: [], actions: [] })
  })

  test('an address that could run something is not kept', () => {
    const [a] = attachmentsOf(
      post([
        {
          title: 'Press me',
          title_link: 'javascript:alert(1)',
          author_link: 'data:text/html,x',
          image_url: 'mailto:a@b.example',
          thumb_url: 'https://pictures.example/t.png',
        },
      ]),
    )
    expect(a).toMatchObject({
      title: 'Press me',
      titleLink: '',
      authorLink: '',
      image: '',
      thumb: 'https://pictures.example/t.png',
    })
  })

  test('a value may be a number, and short may be a word', () => {
    const [a] = attachmentsOf(post([{ fields: [{ title: 'Boxes', value: 4, short: 'true' }, {}] }]))
    expect(a?.fields).toEqual([{ title: 'Boxes', value: '4', short: true }])
  })

  test('a colour is one of the names or a number, never a style', () => {
    expect(barColor('good')).toBe('#2e9e5b')
    expect(barColor('#A1B2C3')).toBe('#a1b2c3')
    expect(barColor('f00')).toBe('#f00')
    expect(barColor('red; background: url(//x)')).toBe('')
  })

  test('a button without a name or an id is none', () => {
    const actions = [{ id: 'ok', name: 'Approve', style: 'good' }, { id: 'x' }, { name: 'y' }]
    const [a] = attachmentsOf(post([{ actions }]))
    expect(a?.actions.map(x => [x.id, x.kind, x.look])).toEqual([['ok', 'button', 'primary']])
  })
})

describe('previews', () => {
  const page = {
    type: 'opengraph',
    url: 'https://weather.example/today',
    data: {
      title: 'Gale warning',
      description: 'Force 9 from the south west',
      images: [{ url: 'https://weather.example/map.png', width: 800, height: 400 }],
    },
  }

  test('a page with a title is shown with its host and picture', () => {
    expect(previewOf({ props: {}, metadata: { embeds: [page] } })).toEqual({
      url: 'https://weather.example/today',
      site: 'weather.example',
      title: 'Gale warning',
      about: 'Force 9 from the south west',
      picture: 'https://weather.example/map.png',
      size: { width: 800, height: 400 },
    })
  })

  test('a mere link has no preview, and neither has a post with attachments', () => {
    const embeds = [{ type: 'link', url: 'https://x.example' }]
    expect(previewOf({ props: {}, metadata: { embeds } })).toBeUndefined()
    expect(previewOf({ props: { attachments: [{}] }, metadata: { embeds: [page] } })).toBeUndefined()
  })

  test('an address of a page that could run something has none', () => {
    const embeds = [{ ...page, url: 'javascript:alert(1)' }]
    expect(previewOf({ props: {}, metadata: { embeds } })).toBeUndefined()
  })
})

test('a name of its own is a webhook’s alone', () => {
  expect(shownAs({ props: { override_username: 'Captain' } }).name).toBe('')
  expect(shownAs({ props: { from_webhook: 'true', override_username: 'Harbour' } })).toMatchObject({
    name: 'Harbour',
    program: true,
  })
})
