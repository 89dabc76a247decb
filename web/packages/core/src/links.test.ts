import {
  ApiError,
  type Channel,
  type LinkReport,
  type OfferedChannel,
  type Peer,
  type PeerState,
} from '@fieldpost/api'
import { describe, expect, test } from 'vitest'
import {
  actionsOf,
  durationText,
  KILO,
  keepSample,
  LinkBook,
  limitOf,
  linkView,
  linkViews,
  MEGA,
  NO_PAST,
  type Past,
  problemOf,
  remember,
  type Sample,
  secondsToClear,
  shareChoices,
  summaryText,
} from './links.ts'

const NOW = 1_700_000_000_000
const peer = (site: string, state: PeerState = 'connected', more: Partial<Peer> = {}): Peer => ({
  site,
  id: `id-${site}`,
  state,
  why_down: '',
  address: '',
  backlog: { changes: 0, bytes: 0 },
  last_contact: NOW,
  sent_bytes: 0,
  received_bytes: 0,
  round_trip: null,
  share_all: false,
  shared: [],
  ...more,
})
const report = (...peers: Peer[]): LinkReport => ({ site: 'ship', id: 's', listening: '', peers })

describe('what is said of a link', () => {
  test.each<[PeerState, string, RegExp]>([
    ['connected', 'Connected', /exchange/],
    ['down', 'Down', /waits and is sent by itself/],
    ['paused', 'Paused', /until the link is resumed/],
    ['silent', 'Silent', /has hung up/],
    ['closed', 'Closed', /Outside of its time windows/],
  ])('%s in words', (state, word, means) => {
    const v = linkView(peer('hq', state), NO_PAST, NOW)
    expect(v.word).toBe(word)
    expect(v.means).toMatch(means)
    expect(v.means).toContain('hq')
  })

  test.each<[boolean, boolean, RegExp]>([
    [false, false, /cannot write/],
    [true, false, /once hq allows/],
    [false, true, /once this site allows/],
    [true, true, /can write/],
  ])('direct messages allowed here: %s, there: %s', (here, there, says) => {
    const v = linkView(peer('hq', 'connected', { direct: { here, there, conversations: 0 } }), NO_PAST, NOW)
    expect(v.direct?.here).toBe(here)
    expect(v.direct?.text).toMatch(says)
    expect(linkView(peer('hq'), NO_PAST, NOW).direct).toBeUndefined()
  })

  test.each([
    [true, 0, 'Open at any time.'],
    [true, NOW + 3_600_000, 'Open until 23:13 UTC.'],
    [false, NOW + 86_400_000, 'Closed until 22:13 UTC.'],
    [false, NOW + 90_000_000, 'Closed until Wed 23:13 UTC.'],
  ])('a link that is open: %s, until %i', (open, next, words) => {
    const budget = { windows: ['22:00-04:00'], rate: null, bytes_per_day: null, used_today: 0 }
    const v = linkView(peer('hq', 'closed', { window: { open, next }, budget }), NO_PAST, NOW)
    expect(v.budget).toEqual({
      opening: words,
      windows: ['22:00-04:00'],
      speed: '',
      rate: '',
      today: '',
      daily: '',
    })
    expect(linkView(peer('hq'), NO_PAST, NOW).budget).toBeUndefined()
  })

  test('which files come by themselves, if the server says it', () => {
    const files = { largest: 1_000, largest_thin: null, types: [], waiting: 2, waiting_bytes: 7_000 }
    const v = linkView(peer('hq', 'connected', { files }), NO_PAST, NOW)
    expect(v.files?.comes).toBe('Files of up to 1 kB come by themselves. Over thin datagrams too.')
    expect(v.files?.waiting).toBe('2 files wait there, 7 kB.')
    expect(linkView(peer('hq'), NO_PAST, NOW).files).toBeUndefined()
  })

  test('a rate is said and typed in kbit/s', () => {
    const window = { open: true, next: 0 }
    const of = (rate: number) =>
      linkView(
        peer('hq', 'connected', {
          window,
          budget: { windows: [], rate, bytes_per_day: 50_000_000, used_today: rate * 1000 },
        }),
        NO_PAST,
        NOW,
      ).budget
    expect(of(32_000)).toMatchObject({ speed: 'At most 32 kbit/s.', rate: '32' })
    expect(of(2_400)?.rate).toBe('2.4')
    expect(of(32_000)).toMatchObject({ today: '32 MB of 50 MB sent today.', daily: '50' })
    expect(of(50_000)?.today).toBe(
      '50 MB of 50 MB sent today: urgent messages still go, the rest waits until 00:00 UTC.',
    )
    expect(limitOf('1.5', MEGA)).toBe(1_500_000)
    expect(['32', ' 2.4 ', '2,4', '', '0'].map(v => limitOf(v, KILO))).toEqual([
      32_000,
      2_400,
      2_400,
      null,
      0,
    ])
    expect(['fast', '-1', '1e3', '.'].map(v => limitOf(v, KILO))).toEqual(Array(4).fill(undefined))
  })

  test.each([
    [0, 'never'],
    [NOW - 9_000, 'just now'],
    [NOW - 20_000, '20 seconds ago'],
    [NOW - 60_000, '1 minute ago'],
    [NOW - 150_000, '2 minutes ago'],
    [NOW - 3 * 3_600_000, '3 hours ago'],
    [NOW - 30 * 3_600_000, '30 hours ago'],
    [NOW - 5 * 86_400_000, '5 days ago'],
  ])('last contact at %i', (last_contact, words) => {
    expect(linkView(peer('hq', 'down', { last_contact }), NO_PAST, NOW).contact).toBe(words)
  })

  test('what waits, and what went over the wire', () => {
    const v = (changes: number, bytes: number) =>
      linkView(peer('hq', 'down', { backlog: { changes, bytes } }), NO_PAST, NOW).backlog
    expect([v(0, 0), v(1, 380), v(12_500, 2_340_000)]).toEqual([
      'Nothing waits',
      '1 change, 380 B',
      '12,500 changes, 2.3 MB',
    ])
    const wire = linkView(
      peer('hq', 'connected', { sent_bytes: 5_200_000_000, received_bytes: 48_000 }),
      NO_PAST,
      NOW,
    )
    expect([wire.sent, wire.received]).toEqual(['5.2 GB', '48 kB'])
  })

  test('how long what waits takes is what the server says, if it says something', () => {
    const waiting = (state: PeerState, clears_in?: number | null) =>
      linkView(
        peer('hq', state, {
          backlog: { changes: 9, bytes: 900 },
          ...(clears_in !== undefined && { clears_in }),
        }),
        {
          ...NO_PAST,
          backlog: [
            { at: NOW - 10_000, bytes: 1_000 },
            { at: NOW, bytes: 900 },
          ],
        },
        NOW,
      ).clear
    expect(waiting('connected', 240_000)).toBe('clears in about 4 minutes')
    expect(waiting('down', 240_000)).toBe('would clear in about 4 minutes')
    expect(waiting('connected', null)).toBe('')
    expect(waiting('connected')).toBe('clears in about 2 minutes')
    expect(linkView(peer('hq', 'connected', { clears_in: 0 }), NO_PAST, NOW).clear).toBe('')
  })

  test('how much passes, is lost and goes first', () => {
    const none = { changes: 0, bytes: 0 }
    const by = { flash: none, immediate: { changes: 2, bytes: 90 }, priority: none, routine: none }
    const backlog = { changes: 2, bytes: 90, by }
    const v = linkView(
      peer('hq', 'connected', { rate_out: 900, rate_in: 40, loss: 0.1, round_trip: 9, backlog }),
      NO_PAST,
      NOW,
    )
    expect([v.rates, v.loss, v.waits]).toEqual([
      '900 bit/s out, 40 bit/s in',
      '10% of packets lost',
      'of these 2 urgent',
    ])
    const down = linkView(peer('hq', 'down', { rate_out: 900, rate_in: 40, loss: 0.1 }), NO_PAST, NOW)
    expect([down.rates, down.loss]).toEqual(['', ''])
    const older = linkView(peer('hq'), NO_PAST, NOW)
    expect([older.rates, older.loss, older.waits]).toEqual(['', '', ''])
  })

  const channel = (name: string, peer_hash: string, mutual = true) => ({
    channel: `field:${name}`,
    channel_id: name,
    hash: 'aa',
    peer_hash,
    mutual,
  })
  const steps = (p: Peer, past: Past = NO_PAST, now = NOW) =>
    linkView(p, past, now).shares.map(s => [s.name, s.step])

  test('a channel is in step, differs, was never compared, or waits for the other side', () => {
    const shared = [
      channel('town-square', 'aa'),
      channel('medical', 'ab'),
      channel('deck 10', ''),
      channel('deck 11', '', false),
    ]
    expect(steps(peer('hq', 'down', { shared }))).toEqual([
      ['deck 10', 'not compared yet'],
      ['deck 11', 'waits for the other side'],
      ['medical', 'differs'],
      ['town-square', 'in step'],
    ])
  })

  test('who only reads a channel is said, and can be changed where the channel was made', () => {
    const shared = [
      channel('older', 'aa'),
      { ...channel('orders', 'aa'), made_here: true, reads: false, peer_reads: true },
      { ...channel('ours', 'aa'), made_here: true, reads: false, peer_reads: false },
      { ...channel('theirs', 'aa'), made_here: false, reads: true, peer_reads: false },
    ]
    const { shares } = linkView(peer('hq', 'connected', { shared }), NO_PAST, NOW)
    expect(shares.map(s => [s.name, s.reading, s.peerWrites])).toEqual([
      ['older', '', undefined],
      ['orders', 'read only there', false],
      ['ours', '', true],
      ['theirs', 'read only here', undefined],
    ])
  })

  test('while changes pass, or what the peer told may be old, it catches up', () => {
    const p = peer('hq', 'connected', { shared: [channel('medical', 'ab')] })
    const later = NOW + 15_000
    const past = remember(remember(NO_PAST, p, NOW), p, later)
    expect(steps(p, past, later - 1)).toEqual([['medical', 'catching up']])
    expect(steps(p, past, later)).toEqual([['medical', 'differs']])
    const sending = { ...p, backlog: { changes: 1, bytes: 60 } }
    expect(steps(sending, past, later)).toEqual([['medical', 'catching up']])
    expect(steps({ ...sending, state: 'down' }, past, later)).toEqual([['medical', 'differs']])
    const moved = { ...p, shared: [channel('medical', 'ac')] }
    expect(steps(moved, remember(past, moved, later), later + 1)).toEqual([['medical', 'catching up']])
  })

  test('why it is down, which side calls, and how far away it is', () => {
    const v = linkView(peer('hq', 'down', { why_down: 'nobody answers', address: 'hq:8066' }), NO_PAST, NOW)
    expect([v.why, v.calls, v.roundTrip]).toEqual(['Nobody answers.', 'This site calls it at hq:8066.', ''])
    const up = linkView(peer('hq', 'connected', { why_down: 'before', round_trip: 620 }), NO_PAST, NOW)
    expect([up.why, up.calls, up.roundTrip]).toEqual(['', 'It calls this site.', '620 ms there and back'])
    const thin = peer('hq', 'connected', { address: 'hq:8066', carriage: 'thin', rate: 2400 })
    expect(linkView(thin, NO_PAST, NOW).calls).toBe('Thin datagrams at 2,400 bit/s')
    const web = peer('hq', 'connected', { address: 'https://hq', carriage: 'web' })
    expect(linkView(web, NO_PAST, NOW).calls).toBe('Through the web')
  })

  test('which sites it passes on, and which of them are heard themselves', () => {
    const beyond = [
      { site: 'buoy', id: 'b', used: false },
      { site: 'tug', id: 't', used: true },
    ]
    expect(linkView(peer('hq', 'connected', { beyond }), NO_PAST, NOW).beyond).toBe(
      'Passes on messages of buoy (linked itself) and tug',
    )
    expect(linkView(peer('hq'), NO_PAST, NOW).beyond).toBe('')
  })

  test.each([
    [40_000, '1 minute'],
    [5 * 3_600_000, '5 hours'],
    [3 * 86_400_000, '3 days'],
  ])('a clock that is %i ms ahead', (clock_ahead, words) => {
    const said = linkView(peer('hq', 'connected', { clock_ahead }), NO_PAST, NOW).clock
    expect(said).toContain(`The clock of hq is ${words} ahead of this site’s`)
  })

  test('nothing is said of a clock that is right, or of which nothing is known', () => {
    expect(linkView(peer('hq', 'connected', { clock_ahead: 0 }), NO_PAST, NOW).clock).toBe('')
    expect(linkView(peer('hq'), NO_PAST, NOW).clock).toBe('')
  })

  const offered = (channel: string, team: string, more: Partial<OfferedChannel> = {}): OfferedChannel => ({
    channel,
    channel_id: `id-${channel}`,
    team,
    team_id: 't',
    offered_at: NOW - 150_000,
    ...more,
  })

  test('what is offered, as far as it is known', () => {
    const offers = [offered('field:medical', 'field'), offered('abc', 'field'), offered('def', '')]
    const v = linkView(peer('hq', 'connected', { offers }), NO_PAST, NOW)
    expect(v.offers.map(o => [o.id, o.title, o.detail, o.since])).toEqual([
      ['id-field:medical', 'medical', 'field', '2 minutes ago'],
      ['id-abc', 'A channel that is not here yet', 'id-abc, in the team field', '2 minutes ago'],
      ['id-def', 'A channel that is not here yet', 'id-def, in a team that is not here yet', '2 minutes ago'],
    ])
    expect(v.moreOffers).toBe(0)
    expect(linkView(peer('hq'), NO_PAST, NOW).offers).toEqual([])
  })

  test('of very many offers the oldest are shown, and the others counted', () => {
    const offers = Array.from({ length: 53 }, (_, i) => offered(`c${i}`, ''))
    const v = linkView(peer('hq', 'connected', { offers }), NO_PAST, NOW)
    expect([v.offers.length, v.offers[0]?.channel, v.moreOffers]).toEqual([50, 'c0', 3])
  })

  test('what is shared and has not come yet goes by its id', () => {
    const shared = [{ ...channel('x', ''), channel: 'abc' }]
    const [view] = linkView(peer('hq', 'connected', { shared }), NO_PAST, NOW).shares
    expect([view?.name, view?.team]).toEqual(['abc', ''])
  })

  test('a link keeps its place whatever its state is', () => {
    const names = (...states: PeerState[]) =>
      linkViews(report(...states.map((s, i) => peer(`camp ${[10, 2, 1][i]}`, s))), new Map(), NOW).map(
        v => v.site,
      )
    expect(names('connected', 'connected', 'connected')).toEqual(['camp 1', 'camp 2', 'camp 10'])
    expect(names('down', 'connected', 'silent')).toEqual(['camp 1', 'camp 2', 'camp 10'])
  })

  test('what can be done depends on the state', () => {
    expect(actionsOf('connected')).toEqual(['pause', 'silence'])
    expect(actionsOf('down')).toEqual(['pause', 'silence'])
    expect(actionsOf('paused')).toEqual(['resume', 'silence'])
    expect(actionsOf('silent')).toEqual(['resume', 'pause'])
  })

  test('all of them in one line', () => {
    expect(summaryText(report())).toBe('No linked sites')
    expect(summaryText(report(peer('a')))).toBe('The linked site is connected')
    expect(summaryText(report(peer('a', 'down')))).toBe('The linked site is not connected')
    expect(summaryText(report(peer('a'), peer('b')))).toBe('All 2 linked sites are connected')
    expect(summaryText(report(peer('a'), peer('b', 'paused'), peer('c')))).toBe(
      '2 of 3 linked sites are connected',
    )
  })
})

describe('how long a backlog takes', () => {
  const falling = (...bytes: number[]): Sample[] => bytes.map((b, i) => ({ at: NOW + i * 5_000, bytes: b }))

  test('at the rate at which it shrinks', () => {
    expect(secondsToClear(falling(1_000, 900, 800))).toBe(40)
  })
  test('not before two polls, not while it stands still or grows, not when it is empty', () => {
    expect(secondsToClear([])).toBeUndefined()
    expect(secondsToClear(falling(1_000))).toBeUndefined()
    expect(secondsToClear(falling(1_000, 1_000))).toBeUndefined()
    expect(secondsToClear(falling(1_000, 1_200))).toBeUndefined()
    expect(secondsToClear(falling(1_000, 0))).toBeUndefined()
  })
  test('what was added in between does not count as slowness', () => {
    expect(secondsToClear(falling(1_000, 900, 5_000, 4_000))).toBe(20)
  })
  test('what is long past does not count', () => {
    const kept = [0, 100_000, 200_000].reduce<Sample[]>(
      (s, ms) => keepSample(s, { at: NOW + ms, bytes: ms }),
      [],
    )
    expect(kept.map(s => s.at - NOW)).toEqual([100_000, 200_000])
  })
  test.each([
    [12, 'less than a minute'],
    [70, 'about a minute'],
    [400, 'about 7 minutes'],
    [3_700, 'about an hour'],
    [40_000, 'about 11 hours'],
    [300_000, 'about 3 days'],
  ])('%i seconds', (s, words) => {
    expect(durationText(s)).toBe(words)
  })
})

test('channels to share: of known teams, not archived, not conversations, not shared already, by what is typed', () => {
  const channel = (name: string, more: Partial<Channel> = {}): Channel => ({
    id: name,
    team_id: 't',
    type: 'O',
    name,
    display_name: name.toUpperCase(),
    header: '',
    purpose: '',
    delete_at: 0,
    update_at: 0,
    last_post_at: 0,
    total_msg_count: 0,
    total_msg_count_root: 0,
    ...more,
  })
  const all = [
    channel('medical', { type: 'P' }),
    channel('deck'),
    channel('old', { delete_at: 5 }),
    channel('a__b', { type: 'D', team_id: '' }),
    channel('elsewhere', { team_id: 'u' }),
    channel('town-square'),
  ]
  const shared = [
    {
      channel: 'field:town-square',
      team: 'field',
      name: 'town-square',
      step: 'in step' as const,
      reading: '',
      peerWrites: true,
    },
  ]
  const found = (typed: string) =>
    shareChoices(all, id => (id === 't' ? 'field' : undefined), shared, typed).map(c => c.channel)
  expect(found('')).toEqual(['field:deck', 'field:medical'])
  expect(found(' MED ')).toEqual(['field:medical'])
  expect(found('nothing')).toEqual([])
})

describe('the book', () => {
  const beat = () => {
    let at = NOW
    const waiting: (() => void)[] = []
    return {
      waiting,
      pass: (ms: number) => (at += ms),
      now: () => at,
      setTimeout: (f: () => void) => waiting.push(f),
      clearTimeout: () => {},
      visible: () => true,
    }
  }
  const settled = () => new Promise<void>(r => setTimeout(r))

  test('asks again while somebody looks, and learns a rate from what it saw', async () => {
    const b = beat()
    const bytes = [90_000, 60_000]
    const book = new LinkBook(
      {
        report: async () =>
          report(peer('hq', 'connected', { backlog: { changes: 9, bytes: bytes.shift() ?? 0 } })),
      },
      b,
    )
    book.start()
    await settled()
    b.pass(5_000)
    b.waiting.shift()?.()
    await settled()
    const [view] = linkViews(book.report.peek() ?? report(), book.past.peek(), book.now.peek())
    expect(view?.clear).toBe('clears in less than a minute')
    expect(b.waiting).toHaveLength(1)
    book.stop()
    b.waiting.shift()?.()
    await settled()
    expect(b.waiting).toHaveLength(0)
  })

  test('keeps what it knew when the server is away, and says so', async () => {
    let up = true
    const book = new LinkBook(
      {
        report: async () => {
          if (up) return report(peer('hq'))
          throw new ApiError('offline', 0, 'offline', '')
        },
      },
      beat(),
    )
    await book.refresh()
    up = false
    await book.refresh()
    expect(book.report.peek()?.peers).toHaveLength(1)
    expect(book.problem.peek()).toBe('offline')
    up = true
    await book.refresh()
    expect(book.problem.peek()).toBeUndefined()
  })

  test('an answer that was overtaken is not believed', async () => {
    const answers: ((r: LinkReport) => void)[] = []
    const book = new LinkBook({ report: () => new Promise(r => answers.push(r)) }, beat())
    const [slow, quick] = [book.refresh(), book.refresh()]
    answers[1]?.(report(peer('hq')))
    await quick
    answers[0]?.(report())
    await slow
    expect(book.report.peek()?.peers).toHaveLength(1)
  })

  test('does not go on asking a server that cannot link', async () => {
    const b = beat()
    const book = new LinkBook(
      {
        report: async () => {
          throw new ApiError('refused', 501, 'api.fieldpost.not_built', '')
        },
      },
      b,
    )
    book.start()
    await settled()
    expect(book.problem.peek()).toEqual({ missing: expect.stringContaining('newer version') })
    expect(b.waiting).toHaveLength(0)
  })

  test.each<[ApiError, unknown]>([
    [
      new ApiError('refused', 404, 'api.not_found', ''),
      { missing: expect.stringContaining('newer version') },
    ],
    [new ApiError('server', 503, 'api.fieldpost.link.none', 'No port.'), { missing: 'No port.' }],
    [new ApiError('server', 503, 'api.busy', 'Busy.'), { refused: 'Busy.' }],
    [new ApiError('offline', 0, 'offline', ''), 'offline'],
    [new ApiError('refused', 403, 'api.no', 'You may not.'), { refused: 'You may not.' }],
  ])('%s', (e, problem) => {
    expect(problemOf(e)).toEqual(problem)
  })
})
