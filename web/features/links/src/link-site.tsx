import { copyText, useShell } from '@fieldpost/parts'
import { Button, Dialog, Field, Icon } from '@fieldpost/ui'
import { useState } from 'preact/hooks'

type Side = 'invite' | 'accept'

interface Props {
  listening: string
  invite: (address: string) => Promise<{ code: string }>
  accept: (code: string) => Promise<void>
  explain: (e: unknown) => string
  onClose: () => void
}

const SIDES: { side: Side; label: string; note: string }[] = [
  { side: 'invite', label: 'Invite', note: 'This site makes a code for the other.' },
  { side: 'accept', label: 'Accept', note: 'The other site has sent a code.' },
]

/** Begins a link: one side invites, the other accepts. */
export function LinkSite(p: Props) {
  const [side, choose] = useState<Side>('invite')
  return (
    <Dialog title="Link another site" onClose={p.onClose}>
      <fieldset class="sides">
        <legend class="vh">Which side is this?</legend>
        {SIDES.map(s => (
          <label key={s.side}>
            <input type="radio" name="side" checked={side === s.side} onChange={() => choose(s.side)} />
            <span>
              <b>{s.label}</b>
              <small>{s.note}</small>
            </span>
          </label>
        ))}
      </fieldset>
      {side === 'invite' ? <Invite {...p} /> : <Accept {...p} />}
    </Dialog>
  )
}

function Invite({ listening, invite, explain, onClose }: Props) {
  const shell = useShell()
  const [address, setAddress] = useState('')
  const [code, setCode] = useState('')
  const [wrong, setWrong] = useState('')
  const make = async () => {
    try {
      setCode((await invite(address.trim())).code)
      setWrong('')
    } catch (e) {
      setWrong(explain(e))
    }
  }
  if (code)
    return (
      <>
        <label class="field">
          <b>Code</b>
          <input class="input code" readOnly autofocus value={code} onFocus={e => e.currentTarget.select()} />
        </label>
        <p class="hint">
          Give this line to an administrator of the other site over a way you trust: whoever has it can make
          the link. Once it is accepted there, the site appears here.
        </p>
        <footer>
          <Button look="quiet" onClick={onClose}>
            Done
          </Button>
          <Button look="primary" onClick={() => void copyText(shell, code)}>
            <Icon name="copy" /> Copy the code
          </Button>
        </footer>
      </>
    )
  return (
    <form
      class="steps"
      onSubmit={e => {
        e.preventDefault()
        void make()
      }}
    >
      <Field
        label="Address of this site (optional)"
        name="address"
        required={false}
        value={address}
        onInput={setAddress}
        wrong={wrong}
        hint={
          listening
            ? `As the other site reaches it, host:port. Needed only if that is not ${listening}.`
            : 'As the other site reaches it, host:port.'
        }
      />
      <footer>
        <Button look="quiet" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" look="primary">
          Make a code
        </Button>
      </footer>
    </form>
  )
}

function Accept({ accept, explain, onClose }: Props) {
  const [code, setCode] = useState('')
  const [wrong, setWrong] = useState('')
  const [busy, setBusy] = useState(false)
  const take = async () => {
    if (busy) return
    setBusy(true)
    try {
      await accept(code.trim())
      onClose()
    } catch (e) {
      setWrong(explain(e))
      setBusy(false)
    }
  }
  return (
    <form
      class="steps"
      onSubmit={e => {
        e.preventDefault()
        void take()
      }}
    >
      <Field
        label="Code"
        name="code"
        value={code}
        onInput={setCode}
        wrong={wrong}
        hint="The one line that the other site’s administrator got with Invite."
      />
      <footer>
        <Button look="quiet" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" look="primary" busy={busy} disabled={!code.trim()}>
          Link
        </Button>
      </footer>
    </form>
  )
}
