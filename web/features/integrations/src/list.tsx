/** The integrations of one kind in a team, and what can be done with each. */
import { channelTitle } from '@fieldpost/core'
import { copyText, explain, useShell, useStore } from '@fieldpost/parts'
import { Button, Icon, IconButton } from '@fieldpost/ui'
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
      title: `Delete this ${kind.one}?`,
      text: `“${item.title}” works no more, at once.`,
      action: 'Delete',
      danger: true,
    })
    if (sure) await attempt(() => kind.drop(rest, item.id))
  }
  const renew = async () => {
    const sure = await shell.confirm({
      title: kind.secretIn ? 'Make another secret?' : 'Make another token?',
      text: kind.secretIn
        ? 'The old one is good for nothing, at once. What the app holds already stays.'
        : 'Whoever checks the old one takes nothing from this site until they know the new one.',
      action: 'Make another',
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
              <dt>Channel</dt>
              <dd>{channelTitle(store, channel)}</dd>
            </>
          )}
          {item.address && (
            <>
              <dt>{item.addressLabel}</dt>
              <dd>
                <code>{item.address}</code>
                <IconButton
                  small
                  icon="copy"
                  label={`Copy: ${item.addressLabel} of ${item.title}`}
                  onClick={() => void copyText(shell, item.address)}
                />
              </dd>
            </>
          )}
          {item.token && kind.secretIn && (
            <>
              <dt>Secret</dt>
              <dd>
                <span>shown once, when it was made</span>
                <IconButton
                  small
                  icon="retry"
                  label={`Another secret for ${item.title}`}
                  onClick={() => void renew()}
                />
              </dd>
            </>
          )}
          {item.token && !kind.secretIn && (
            <>
              <dt>Token</dt>
              <dd>
                {shown ? <code>{item.token}</code> : <span>hidden</span>}
                <IconButton
                  small
                  icon="eye"
                  label={`${shown ? 'Hide' : 'Show'} the token of ${item.title}`}
                  aria-pressed={shown}
                  onClick={() => show(!shown)}
                />
                <IconButton
                  small
                  icon="retry"
                  label={`Another token for ${item.title}`}
                  onClick={() => void renew()}
                />
              </dd>
            </>
          )}
        </dl>
      </div>
      <div class="deeds">
        <IconButton icon="edit" label={`Edit ${item.title}`} onClick={onEdit} />
        <IconButton icon="trash" label={`Delete ${item.title}`} onClick={() => void drop()} />
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
        <Icon name="key" /> This is the secret. It is shown this once:
      </p>
      <div class="row">
        <code>{secret}</code>
        <Button onClick={() => void copyText(shell, secret)}>
          <Icon name="copy" /> Copy
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
    <section aria-label={kind.title}>
      <div class="intro">
        <p class="grow">{kind.about}</p>
        <Button look="primary" onClick={() => edit('new')}>
          <Icon name="plus" /> New {kind.one}
        </Button>
      </div>
      {wrong && (
        <p class="trouble" role="alert">
          <Icon name="warn" /> {wrong}
        </p>
      )}
      {secret && <Made secret={secret} />}
      {!items && !wrong && <span class="spin" role="status" aria-label="Loading" />}
      {items?.length === 0 && (
        <div class="empty">
          <Icon name="plug" />
          <h2>None yet</h2>
        </div>
      )}
      {items && items.length > 0 && (
        <ul aria-label={kind.title}>
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
          title={editing === 'new' ? `New ${kind.one}` : `Edit ${editing.title}`}
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
