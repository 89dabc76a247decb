import { ApiError, type LinkAudit } from '@fieldpost/api'
import { describe, expect, test } from 'vitest'
import { historyView, LinkHistory } from './link-history.ts'

const NOW = 1_700_000_000_000
const entry = (n: number, more: Partial<LinkAudit> = {}): LinkAudit => ({
  id: `entry${n}`,
  action: 'paused',
  by: 'account',
  user_id: 'u',
  username: 'ada',
  site: 'edge',
  site_id: 's',
  channel: '',
  channel_id: '',
  source: '',
  detail: '',
  count: 1,
  first_at: NOW - n * 60_000,
  last_at: NOW - n * 60_000,
  ...more,
})

describe('an entry in words', () => {
  test('says what was done, by whom, and when', () => {
    const shared = entry(2, { action: 'shared', channel: 'alpha:ops' })
    expect(historyView(shared, NOW)).toEqual({
      key: 'entry2',
      title: 'alpha:ops was shared with edge.',
      refusal: false,
      who: 'by ada',
      why: '',
      when: '2 minutes ago',
    })
  })

  test('says why something was refused, from where, and how often', () => {
    const refused = entry(1, {
      action: 'stranger_refused',
      by: 'other',
      site: '',
      site_id: '',
      source: '10.0.0.9',
      detail: 'That invitation was used.',
      count: 3,
      first_at: NOW - 7_200_000,
    })
    const v = historyView(refused, NOW)
    expect(v).toMatchObject({ refusal: true, why: 'That invitation was used.', who: 'from 10.0.0.9' })
    expect(v.when).toBe('1 minute ago; 3×, first 2 hours ago')
  })

  test.each([
    ['command_line', 'by the command line on the server’s machine'],
    ['this_site', 'by this site itself'],
    ['other', ''],
  ] as const)('%s', (by, who) => {
    expect(historyView(entry(1, { by }), NOW).who).toBe(who)
  })

  test('what a sentence is about has a name, if only its id', () => {
    const title = (more: Partial<LinkAudit>) => historyView(entry(1, more), NOW).title
    expect(title({ action: 'offer_taken', channel_id: 'xyz' })).toBe(
      'xyz, offered by edge, was shared here too.',
    )
    expect(title({ action: 'other_key', site: '' })).toBe('Another key answered where s was called.')
    expect(title({ action: 'removed', site: '', site_id: '' })).toBe(
      'The link with another site was removed.',
    )
  })

  test('what was set is said as the server has it', () => {
    const set = entry(1, { action: 'files_set', detail: 'largest 1 kB' })
    expect(historyView(set, NOW).title).toBe(
      'Which files come from edge by themselves was set: largest 1 kB.',
    )
  })

  test('what a newer server notes is shown by its name', () => {
    expect(historyView(entry(1, { action: 'polished' as LinkAudit['action'] }), NOW).title).toBe('polished')
  })
})

describe('the history', () => {
  const all = Array.from({ length: 45 }, (_, n) => entry(n))
  const serving = (entries: LinkAudit[]) => ({
    audit: async (page: number, per: number) => entries.slice(page * per, (page + 1) * per),
  })

  test('shows more until there is no more', async () => {
    const h = new LinkHistory(serving(all))
    expect(h.entries.peek()).toBeUndefined()
    await h.refresh()
    expect([h.entries.peek()?.length, h.hasMore.peek()]).toEqual([20, true])
    await h.showMore()
    await h.showMore()
    expect([h.entries.peek(), h.hasMore.peek()]).toEqual([all, false])
  })

  test('what is new comes first, and what was shown stays and is shown once', async () => {
    const entries = all.slice()
    const h = new LinkHistory(serving(entries))
    await h.refresh()
    await h.showMore()
    const again = { ...entry(30), count: 2, last_at: NOW + 2 }
    entries.splice(30, 1)
    entries.unshift(again, entry(-1))
    await h.refresh()
    const shown = h.entries.peek() ?? []
    expect(shown.slice(0, 2)).toEqual([again, entry(-1)].sort((a, b) => b.last_at - a.last_at))
    expect(shown).toHaveLength(41)
    expect(h.hasMore.peek()).toBe(true)
    await h.showMore()
    expect(h.entries.peek()).toHaveLength(46)
  })

  test('a server that is away or keeps none takes nothing from what is shown', async () => {
    let up = true
    const h = new LinkHistory({
      audit: async (page, per) => {
        if (!up) throw new ApiError('offline', 0, 'offline', 'The connection broke.')
        return serving(all).audit(page, per)
      },
    })
    await h.refresh()
    up = false
    await h.refresh()
    expect(h.entries.peek()).toHaveLength(20)
    await expect(h.showMore()).rejects.toThrow('The connection broke.')
  })
})
