import { AskingForm, copyText, useShell } from '@fieldpost/parts'
import { Button, Dialog, Field, Icon } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import { useState } from 'preact/hooks'

type Side = 'invite' | 'accept'

interface Props {
  listening: string
  invite: (address: string) => Promise<{ code: string }>
  accept: (code: string) => Promise<void>
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

function Invite({ listening, invite, onClose }: Props) {
  const shell = useShell()
  const [address, setAddress] = useState('')
  const [code, setCode] = useState('')
  const make = async () => setCode((await invite(address.trim())).code)
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
    <AskingForm act={t('links.makeCode')} about="address" onDo={make} onClose={onClose}>
      <Field
        label={t('links.address')}
        name="address"
        required={false}
        value={address}
        onInput={setAddress}
        hint={listening ? t('links.addressHintNot', { address: listening }) : t('links.addressHint')}
      />
    </AskingForm>
  )
}

function Accept({ accept, onClose }: Props) {
  const [code, setCode] = useState('')
  const take = async () => {
    await accept(code.trim())
    onClose()
  }
  return (
    <AskingForm act={t('links.link')} about="code" ready={code.trim() !== ''} onDo={take} onClose={onClose}>
      <Field label={t('links.code')} name="code" value={code} onInput={setCode} hint={t('links.codeHint')} />
    </AskingForm>
  )
}
