import { copyText, useShell } from '@fieldpost/parts'
import { Button, Dialog, Field, Icon } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import { useState } from 'preact/hooks'

type Side = 'invite' | 'accept'

interface Props {
  listening: string
  invite: (address: string) => Promise<{ code: string }>
  accept: (code: string) => Promise<void>
  explain: (e: unknown) => string
  onClose: () => void
}

const SIDES: {
  side: Side
  label: 'links.invite' | 'links.accept'
  note: 'links.inviteText' | 'links.acceptText'
}[] = [
  { side: 'invite', label: 'links.invite', note: 'links.inviteText' },
  { side: 'accept', label: 'links.accept', note: 'links.acceptText' },
]

/** Begins a link: one side invites, the other accepts. */
export function LinkSite(p: Props) {
  const [side, choose] = useState<Side>('invite')
  return (
    <Dialog title={t('links.linkAnother')} onClose={p.onClose}>
      <fieldset class="sides">
        <legend class="vh">{t('links.which')}</legend>
        {SIDES.map(s => (
          <label key={s.side}>
            <input type="radio" name="side" checked={side === s.side} onChange={() => choose(s.side)} />
            <span>
              <b>{t(s.label)}</b>
              <small>{t(s.note)}</small>
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
          <b>{t('links.code')}</b>
          <input class="input code" readOnly autofocus value={code} onFocus={e => e.currentTarget.select()} />
        </label>
        <p class="hint">{t('links.codeText')}</p>
        <footer>
          <Button look="quiet" onClick={onClose}>
            {t('common.done')}
          </Button>
          <Button look="primary" onClick={() => void copyText(shell, code)}>
            <Icon name="copy" /> {t('links.copyCode')}
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
        label={t('links.address')}
        name="address"
        required={false}
        value={address}
        onInput={setAddress}
        wrong={wrong}
        hint={listening ? t('links.addressHintNot', { address: listening }) : t('links.addressHint')}
      />
      <footer>
        <Button look="quiet" onClick={onClose}>
          {t('common.cancel')}
        </Button>
        <Button type="submit" look="primary">
          {t('links.makeCode')}
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
        label={t('links.code')}
        name="code"
        value={code}
        onInput={setCode}
        wrong={wrong}
        hint={t('links.codeHint')}
      />
      <footer>
        <Button look="quiet" onClick={onClose}>
          {t('common.cancel')}
        </Button>
        <Button type="submit" look="primary" busy={busy} disabled={!code.trim()}>
          {t('links.link')}
        </Button>
      </footer>
    </form>
  )
}
