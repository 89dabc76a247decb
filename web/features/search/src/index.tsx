/** Searching in messages and files: a box that helps with its filters, and what was found. */

import type { Post } from '@fieldpost/api'
import {
  channelTitle,
  dayText,
  displayName,
  excerpt,
  plain,
  Search,
  type Shown,
  shownOf,
  timeText,
} from '@fieldpost/core'
import { Face, useShell, useStore } from '@fieldpost/parts'
import { FileCard, fileAbout } from '@fieldpost/parts/files'
import { Button, Icon } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import { useEffect, useMemo, useState } from 'preact/hooks'
import { SearchBox } from './box.tsx'
import './search.css'

type What = 'posts' | 'files'

function Place({ channel }: { channel: string }) {
  const store = useStore()
  const c = store.channels.value.get(channel)
  return <small class="cut">{c ? channelTitle(store, c) : t('search.left')}</small>
}

function Hit({ post, words }: { post: Post; words: readonly string[] }) {
  const shell = useShell()
  const store = useStore()
  const author = displayName(store.user(post.user_id).value)
  const root = post.root_id ? store.post(post.root_id).value : undefined
  const path = `/${shell.team()}/pl/${post.id}`
  const now = Date.now()
  return (
    <li>
      <a
        class="entry"
        href={path}
        onClick={e => {
          if (e.ctrlKey || e.metaKey || e.shiftKey) return
          e.preventDefault()
          shell.go(path)
        }}
      >
        <Face user={post.user_id} />
        <span class="grow">
          <span class="line">
            <b class="cut">{author}</b>
            <Place channel={post.channel_id} />
            <small class="end">
              {dayText(post.create_at, now)}, {timeText(post.create_at)}
            </small>
          </span>
          {post.root_id && (
            <span class="about cut">
              <Icon name="reply" />{' '}
              {root
                ? t('search.replyTo', {
                    name: displayName(store.user(root.user_id).value),
                    text: plain(root.message).slice(0, 120),
                  })
                : t('search.inThread')}
            </span>
          )}
          <span class="excerpt">
            {excerpt(post.message, words).map((p, i) => (p.hit ? <mark key={i}>{p.s}</mark> : p.s))}
          </span>
          {(post.metadata?.files ?? []).length > 0 && (
            <span class="about cut">
              <Icon name="clip" /> {post.metadata?.files?.map(f => f.name).join(', ')}
            </span>
          )}
        </span>
      </a>
    </li>
  )
}

function FileHit({ s, all }: { s: Shown; all: readonly Shown[] }) {
  const shell = useShell()
  const store = useStore()
  const c = store.channels.value.get(s.channel)
  const about = [
    fileAbout(s.file),
    displayName(store.user(s.user).value),
    c ? channelTitle(store, c) : t('search.left'),
    dayText(s.at, Date.now()),
  ]
  return (
    <li class="with-deeds">
      <FileCard s={s} all={all} note={about.join(' · ')} />
      {s.post && (
        <Button look="quiet" onClick={() => shell.go(`/${shell.team()}/pl/${s.post}`)}>
          {t('search.showMessage')}
        </Button>
      )}
    </li>
  )
}

export default function SearchPage({ teamId, query }: { teamId: string; query: string }) {
  const shell = useShell()
  const store = useStore()
  const { client } = shell
  const search = useMemo(() => new Search({ ...client.platform, store }), [client, store])
  const [what, setWhat] = useState<What>('posts')
  const terms = query.trim()
  useEffect(() => {
    if (terms && teamId) void search.run(teamId, terms, what)
    else search.clear()
  }, [search, teamId, terms, what])
  const ask = (text: string) => {
    const path = `/${shell.team()}/search?q=${encodeURIComponent(text.trim())}`
    // Searching again for the same is asking for what is new.
    if (text.trim() === terms) void search.run(teamId, terms, what)
    else shell.go(path)
  }
  return (
    <div class="search">
      <SearchBox teamId={teamId} value={query} onSearch={ask} />
      {terms !== '' && (
        <div class="tabs" role="group" aria-label={t('search.which')}>
          <button type="button" aria-pressed={what === 'posts'} onClick={() => setWhat('posts')}>
            {t('line.messages')}
          </button>
          <button type="button" aria-pressed={what === 'files'} onClick={() => setWhat('files')}>
            {t('common.files')}
          </button>
        </div>
      )}
      <Results
        search={search}
        what={what}
        asked={terms !== ''}
        onMore={() => void search.next(teamId, terms, what)}
      />
    </div>
  )
}

function Results({
  search,
  what,
  asked,
  onMore,
}: {
  search: Search
  what: What
  asked: boolean
  onMore: () => void
}) {
  const found = search.posts.value
  const files = search.files.value
  const list = what === 'posts' ? found?.posts : files
  const busy = search.busy.value
  const here = found?.onDevice && what === 'posts'
  const newest = search.more.value && list?.length !== 1
  const foundKey = here ? 'search.foundHere' : newest ? 'search.foundNewest' : 'search.found'
  const shown = useMemo(() => (files ?? []).map(shownOf), [files])
  if (!asked)
    return (
      <div class="empty">
        <Icon name="search" />
        <h2>{t('search.find')}</h2>
        <p>{t('search.findText')}</p>
      </div>
    )
  return (
    <div class="scroll" tabIndex={-1} aria-busy={busy}>
      <p class="state" role="status">
        {busy && t('search.searching')}
        {!busy && list && t(foundKey, { count: list.length })}
      </p>
      {search.problem.value && (
        <p class="trouble" role="alert">
          <Icon name="warn" /> {search.problem.value}
        </p>
      )}
      {!busy && list?.length === 0 && (
        <div class="empty">
          <Icon name="search" />
          <h2>{t('search.nothing')}</h2>
          <p>{t('search.fewer')}</p>
        </div>
      )}
      {what === 'posts' && found && found.posts.length > 0 && (
        <ul aria-label={t('search.messages')}>
          {found.posts.map(p => (
            <Hit key={p.id} post={p} words={found.words} />
          ))}
        </ul>
      )}
      {what === 'files' && files && files.length > 0 && (
        <ul aria-label={t('search.files')}>
          {shown.map(s => (
            <FileHit key={s.file.id} s={s} all={shown} />
          ))}
        </ul>
      )}
      {search.more.value && !busy && (
        <p class="older">
          <Button onClick={onMore}>{t('kept.earlier')}</Button>
        </p>
      )}
    </div>
  )
}
