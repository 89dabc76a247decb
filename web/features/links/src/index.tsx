/** Links to other sites: how each stands, what is shared over it, and what can be done about it. */

import { LinkRest } from '@fieldpost/api'
import { LinkHistory } from '@fieldpost/core/link-history'
import { LinkBook, type LinkProblem, linkViews, summaryText } from '@fieldpost/core/links'
import { useShell } from '@fieldpost/parts'
import { Button, Icon } from '@fieldpost/ui'
import { pieces, t } from '@fieldpost/words/far'
import { useEffect, useMemo, useState } from 'preact/hooks'
import { TakeBundle } from './bundles.tsx'
import { Deeds } from './deeds.ts'
import { History } from './history.tsx'
import { LinkSite } from './link-site.tsx'
import { PeerCard } from './peer.tsx'
import { ShareChannel } from './share-channel.tsx'
import './links.css'

function Problem({ problem }: { problem: LinkProblem | undefined }) {
  // That the server is out of reach is said above every page.
  if (!problem || problem === 'offline') return null
  if ('missing' in problem)
    return (
      <div class="empty">
        <Icon name="sites" />
        <h2>{t('links.cannot')}</h2>
        <p>{problem.missing}</p>
      </div>
    )
  return (
    <p class="trouble" role="alert">
      <Icon name="warn" /> {problem.refused}
    </p>
  )
}

export function Links() {
  const shell = useShell()
  const { client } = shell
  const rest = useMemo(() => new LinkRest(client.rest), [client])
  const book = useMemo(() => new LinkBook(rest, client.platform), [rest])
  const history = useMemo(() => new LinkHistory(rest), [rest])
  const deeds = useMemo(() => new Deeds(rest, book, shell), [rest, book, shell])
  const [linking, link] = useState(false)
  const [sharing, share] = useState('')
  useEffect(() => {
    book.start()
    return () => book.stop()
  }, [book])
  const report = book.report.value
  // Whatever is done about a link is followed by another look at all of them.
  useEffect(() => {
    if (report) void history.refresh()
  }, [history, report])
  const problem = book.problem.value
  const views = report ? linkViews(report, book.past.value, book.now.value) : []
  const target = views.find(v => v.id === sharing)
  return (
    <div class="links">
      <header>
        <div class="grow">
          <h1>{t('links.title')}</h1>
          <p role="status">
            {report &&
              (report.listening
                ? pieces('links.here', {
                    summary: summaryText(report),
                    site: <b>{report.site}</b>,
                    address: <code>{report.listening}</code>,
                  })
                : pieces('links.hereDeaf', { summary: summaryText(report), site: <b>{report.site}</b> }))}
          </p>
        </div>
        {views.length > 0 && (
          <>
            <TakeBundle deeds={deeds} />
            <Button look="primary" onClick={() => link(true)}>
              <Icon name="plus" /> {t('links.linkAnother')}
            </Button>
          </>
        )}
      </header>
      <Problem problem={problem} />
      {!report && !problem && <span class="spin" role="status" aria-label={t('common.loading')} />}
      {report && views.length === 0 && (
        <div class="empty">
          <Icon name="sites" />
          <h2>{t('links.noneYet')}</h2>
          <p>{t('links.what')}</p>
          <p>{t('links.how')}</p>
          <Button look="primary" onClick={() => link(true)}>
            <Icon name="plus" /> {t('links.linkAnother')}
          </Button>
        </div>
      )}
      {views.map(v => (
        <PeerCard key={v.id} view={v} deeds={deeds} now={book.now.value} onShare={() => share(v.id)} />
      ))}
      {report && <History history={history} now={book.now.value} />}
      {linking && report && (
        <LinkSite
          listening={report.listening}
          invite={a => rest.invite(a)}
          accept={async code => {
            const made = await rest.accept(code)
            client.notice(t('links.linked', { site: made.site }))
            await book.refresh()
          }}
          onClose={() => link(false)}
        />
      )}
      {target && <ShareChannel view={target} deeds={deeds} onClose={() => share('')} />}
    </div>
  )
}
