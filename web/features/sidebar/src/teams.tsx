/** Coming into teams, making them, and asking others in. */
import { ChannelsRest, type InviteResult, type Team } from '@fieldpost/api'
import { mailAddresses, slug } from '@fieldpost/core'
import { attempt, copyText, explain, type Shell, useShell, useStore } from '@fieldpost/parts'
import { Avatar, Button, Dialog, Field, Icon } from '@fieldpost/ui'
import { useEffect, useId, useState } from 'preact/hooks'

export function OtherTeams({ onClose }: { onClose: () => void }) {
  const shell = useShell()
  const store = useStore()
  const [open, setOpen] = useState<readonly Team[] | undefined>(undefined)
  const [address, setAddress] = useState('')
  const [wrong, setWrong] = useState('')
  useEffect(() => {
    shell.client.rest.teams().then(
      list => setOpen(list.filter(t => t.delete_at === 0)),
      (e: unknown) => setWrong(explain(e)),
    )
  }, [shell])
  const enter = async (f: () => Promise<string>) => {
    try {
      const name = await f()
      onClose()
      shell.go(`/${name}`)
    } catch (e) {
      setWrong(explain(e))
    }
  }
  const others = open?.filter(t => !store.teams.value.has(t.id))
  const { places } = shell.client
  return (
    <Dialog title="Join another team" onClose={onClose}>
      {others && others.length > 0 && (
        <ul class="browse scroll" aria-label="Teams that can be joined">
          {others.map(t => (
            <li key={t.id}>
              <Avatar name={t.display_name} seed={t.id} size="2rem" />
              <span class="grow">
                <b class="cut">{t.display_name}</b>
                {t.description && <small class="cut">{t.description}</small>}
              </span>
              <Button
                aria-label={`Join ${t.display_name}`}
                onClick={() => void enter(() => places.joinTeam(t.id).then(() => t.name))}
              >
                Join
              </Button>
            </li>
          ))}
        </ul>
      )}
      {others?.length === 0 && <p class="quiet-hint">You are in every team that is open to all.</p>}
      <form
        class="side-form"
        noValidate
        onSubmit={e => {
          e.preventDefault()
          const name = slug(address.split('/').at(-1) ?? '')
          if (name) void enter(async () => (await places.joinTeamByName(name)).name)
        }}
      >
        <Field
          label="Or by its address"
          name="address"
          value={address}
          onInput={x => {
            setAddress(x)
            setWrong('')
          }}
          wrong={wrong}
          hint={`${location.host}/…`}
        />
        <footer>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" look="primary" disabled={!address.trim()}>
            Join by address
          </Button>
        </footer>
      </form>
    </Dialog>
  )
}

export function NewTeam({ onClose }: { onClose: () => void }) {
  const shell = useShell()
  const [name, setName] = useState('')
  const [wrong, setWrong] = useState('')
  const create = async () => {
    try {
      const t = await shell.client.places.createTeam(name.trim(), slug(name))
      onClose()
      shell.go(`/${t.name}`)
    } catch (e) {
      setWrong(explain(e))
    }
  }
  const ready = slug(name).length >= 2
  return (
    <Dialog title="Create a team" onClose={onClose}>
      <form
        class="side-form"
        noValidate
        onSubmit={e => {
          e.preventDefault()
          if (ready) void create()
        }}
      >
        <Field
          label="Team name"
          name="team"
          autoFocus
          value={name}
          onInput={setName}
          wrong={wrong}
          hint={slug(name) ? `${location.host}/${slug(name)}` : 'A ship, a clinic, a unit.'}
        />
        <footer>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" look="primary" disabled={!ready}>
            Create team
          </Button>
        </footer>
      </form>
    </Dialog>
  )
}

export async function leaveTeam(shell: Shell, team: Team): Promise<void> {
  const sure = await shell.confirm({
    title: `Leave ${team.display_name}?`,
    text: 'You leave all of its channels, and get no messages from there any more.',
    action: 'Leave team',
    danger: true,
  })
  if (sure) await attempt(shell, () => shell.client.places.leaveTeam(team.id))
}

/** Asks others into the team: by a link that anybody can pass on, and by mail. */
export function Invite({ team, onClose }: { team: Team; onClose: () => void }) {
  const shell = useShell()
  const store = useStore()
  const may = shell.client.permissions.in(team.id).value
  const rest = new ChannelsRest(shell.client.rest)
  const [code, setCode] = useState(team.invite_id ?? '')
  const [wrong, setWrong] = useState('')
  useEffect(() => {
    // Events about a team leave its link out; the team itself says it.
    rest.team(team.id).then(
      t => setCode(t.invite_id ?? ''),
      (e: unknown) => setWrong(explain(e)),
    )
  }, [team.id])
  const link = code && `${location.origin}/signup_user_complete/?id=${code}`
  const renew = async () => {
    const sure = await shell.confirm({
      title: 'Make a new link?',
      text: 'The link that was passed on so far lets nobody in any more.',
      action: 'Make a new link',
    })
    if (sure) await attempt(shell, async () => setCode((await rest.renewLink(team.id)).invite_id ?? ''))
  }
  return (
    <Dialog title={`Invite people to ${team.display_name}`} onClose={onClose}>
      <section class="side-form">
        <Field
          label="A link for everybody"
          name="link"
          value={link}
          onInput={() => {}}
          readOnly
          wrong={link ? '' : wrong}
          hint="Whoever opens it can make an account here and is in the team."
        />
        <footer>
          {may.has('manage_team') && (
            <Button look="quiet" onClick={() => void renew()}>
              New link
            </Button>
          )}
          <Button look="primary" disabled={!link} onClick={() => void copyText(shell, link)}>
            <Icon name="copy" /> Copy link
          </Button>
        </footer>
      </section>
      {store.config.value['EnableEmailInvitations'] === 'true' && may.has('add_user_to_team') && (
        <ByMail team={team} />
      )}
    </Dialog>
  )
}

function ByMail({ team }: { team: Team }) {
  const shell = useShell()
  const id = useId()
  const [typed, setTyped] = useState('')
  const [wrong, setWrong] = useState('')
  const [busy, setBusy] = useState(false)
  const [done, setDone] = useState<readonly InviteResult[]>([])
  const { good, bad } = mailAddresses(typed)
  const send = async () => {
    if (busy || good.length === 0) return
    if (bad.length > 0) return setWrong(`No address of mail: ${bad.join(', ')}`)
    setBusy(true)
    try {
      const told = await new ChannelsRest(shell.client.rest).inviteByMail(team.id, good)
      setDone(Array.isArray(told) ? (told as InviteResult[]) : good.map(email => ({ email })))
      setTyped('')
      setWrong('')
    } catch (e) {
      setWrong(explain(e))
    }
    setBusy(false)
  }
  return (
    <form
      class="side-form"
      noValidate
      onSubmit={e => {
        e.preventDefault()
        void send()
      }}
    >
      <div class="field">
        <label for={id}>By mail</label>
        <textarea
          id={id}
          class="input addresses"
          rows={2}
          value={typed}
          placeholder="bo@ship.example, cem@ship.example"
          onInput={e => {
            setTyped(e.currentTarget.value)
            setWrong('')
          }}
        />
        {wrong && (
          <span class="wrong" role="alert">
            {wrong}
          </span>
        )}
      </div>
      <div role="status">
        {done.length > 0 && (
          <ul class="sent" aria-label="Sent">
            {done.map(r => (
              <li key={r.email} class={r.error ? 'bad' : ''}>
                <Icon name={r.error ? 'warn' : 'check'} />
                <span class="grow">
                  {r.email}
                  {r.error && `: ${r.error.message}`}
                </span>
              </li>
            ))}
          </ul>
        )}
      </div>
      <footer>
        <Button type="submit" busy={busy} disabled={good.length === 0}>
          Send invitations
        </Button>
      </footer>
    </form>
  )
}
