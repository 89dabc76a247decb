/** The integrations of one kind in a team, and what can be done with each. */

import { channelTitle } from '@fieldpost/core'
import { copyText, explain, useShell, useStore } from '@fieldpost/parts'
import { Button, Icon, IconButton } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import { useEffect, useState } from 'preact/hooks'
import { Form } from './form.tsx'
import { blank, type Item, type Kind } from './kinds.ts'

function Row({
  item,
  kind,
  onEdit,
  onDone,
  onSecret,
}: {
  item: Item
  kind: Kind
  onEdit: () => void
  onDone: () => void
  onSecret: (answer: unknown) => void
}) {
  const shell = useShell()
  const store = useStore()
  const { rest } = shell.client
  const [shown, show] = useState(false)
  const channel = store.channels.value.get(item.channel)
  const attempt = async (f: () => Promise<unknown>) => {
    try {
      await f()
      onDone()
    } catch (e) {
      shell.client.notice(explain(e), 'error')
    }
  }
  const drop = async () => {
    const sure = await shell.confirm({
      title: t(kind.dropTitle),
      text: t('hook.worksNoMore', { name: item.title }),
      action: t('common.delete'),
      danger: true,
    })
    if (sure) await attempt(() => kind.drop(rest, item.id))
  }
  const renew = async () => {
    const sure = await shell.confirm({
      title: kind.secretIn ? t('hook.anotherSecretTitle') : t('hook.anotherTokenTitle'),
      text: kind.secretIn ? t('hook.secretText') : t('hook.tokenText'),
      action: t('hook.another'),
    })
    if (sure && kind.newToken) await attempt(async () => onSecret(await kind.newToken?.(rest, item.id)))
  }
  return (
    <li>
      <div class="what">
        <b>{item.title}</b>
        {item.about && <p>{item.about}</p>}
        <dl>
          {channel && (
            <>
              <dt>{t('hook.channel')}</dt>
              <dd>{channelTitle(store, channel)}</dd>
            </>
          )}
          {item.address && (
            <>
              <dt>{t(item.addressLabel)}</dt>
              <dd>
                <code>{item.address}</code>
                <IconButton
                  small
                  icon="copy"
                  label={t('hook.copyOf', { label: t(item.addressLabel), name: item.title })}
                  onClick={() => void copyText(shell, item.address)}
                />
              </dd>
            </>
          )}
          {item.token && kind.secretIn && (
            <>
              <dt>{t('hook.secret')}</dt>
              <dd>
                <span>{t('hook.shownOnce')}</span>
                <IconButton
                  small
                  icon="retry"
                  label={t('hook.anotherSecret', { name: item.title })}
                  onClick={() => void renew()}
                />
              </dd>
            </>
          )}
          {item.token && !kind.secretIn && (
            <>
              <dt>{t('hook.token')}</dt>
              <dd>
                {shown ? <code>{item.token}</code> : <span>{t('hook.hidden')}</span>}
                <IconButton
                  small
                  icon="eye"
                  label={t(shown ? 'hook.hideToken' : 'hook.showToken', { name: item.title })}
                  aria-pressed={shown}
                  onClick={() => show(!shown)}
                />
                <IconButton
                  small
                  icon="retry"
                  label={t('hook.anotherToken', { name: item.title })}
                  onClick={() => void renew()}
                />
              </dd>
            </>
          )}
        </dl>
      </div>
      <div class="deeds">
        <IconButton icon="edit" label={t('hook.edit', { name: item.title })} onClick={onEdit} />
        <IconButton icon="trash" label={t('hook.delete', { name: item.title })} onClick={() => void drop()} />
      </div>
    </li>
  )
}

/** A secret that was made just now. */
function Made({ secret }: { secret: string }) {
  const shell = useShell()
  return (
    <div class="made" role="status">
      <p>
        <Icon name="key" /> {t('hook.made')}
      </p>
      <div class="row">
        <code>{secret}</code>
        <Button onClick={() => void copyText(shell, secret)}>
          <Icon name="copy" /> {t('common.copy')}
        </Button>
      </div>
    </div>
  )
}

export function List({ kind, teamId }: { kind: Kind; teamId: string }) {
  const shell = useShell()
  const store = useStore()
  const { rest } = shell.client
  const [items, setItems] = useState<readonly Item[] | undefined>(undefined)
  const [wrong, setWrong] = useState('')
  const [editing, edit] = useState<Item | 'new' | undefined>(undefined)
  const [secret, setSecret] = useState('')
  const noteSecret = (answer: unknown) => setSecret(kind.secretIn?.(answer) ?? '')
  const online = store.link.value === 'online'
  const load = () =>
    kind.load(rest, teamId, location.origin).then(
      list => {
        setItems(list)
        setWrong('')
      },
      (e: unknown) => setWrong(explain(e)),
    )
  useEffect(() => void load(), [online])
  return (
    <section aria-label={t(kind.title)}>
      <div class="intro">
        <p class="grow">{t(kind.about)}</p>
        <Button look="primary" onClick={() => edit('new')}>
          <Icon name="plus" /> {t(kind.fresh)}
        </Button>
      </div>
      {wrong && (
        <p class="trouble" role="alert">
          <Icon name="warn" /> {wrong}
        </p>
      )}
      {secret && <Made secret={secret} />}
      {!items && !wrong && <span class="spin" role="status" aria-label={t('common.loading')} />}
      {items?.length === 0 && (
        <div class="empty">
          <Icon name="plug" />
          <h2>{t('hook.none')}</h2>
        </div>
      )}
      {items && items.length > 0 && (
        <ul aria-label={t(kind.title)}>
          {items.map(i => (
            <Row
              key={i.id}
              item={i}
              kind={kind}
              onEdit={() => edit(i)}
              onDone={() => void load()}
              onSecret={noteSecret}
            />
          ))}
        </ul>
      )}
      {editing && (
        <Form
          kind={kind}
          title={editing === 'new' ? t(kind.fresh) : t('hook.edit', { name: editing.title })}
          values={editing === 'new' ? blank(kind) : editing.values}
          isNew={editing === 'new'}
          save={async v => noteSecret(await kind.save(rest, teamId, editing === 'new' ? '' : editing.id, v))}
          onClose={saved => {
            edit(undefined)
            if (saved) void load()
          }}
        />
      )}
    </section>
  )
}
