/** What others see of oneself, the address and name one signs in with, and the password. */

import type { ProfilePatch, User } from '@fieldpost/api'
import { displayName, sizeText } from '@fieldpost/core'
import { explain, useShell, useStore } from '@fieldpost/parts'
import { Avatar, Button, Field } from '@fieldpost/ui'
import { t } from '@fieldpost/words/far'
import { type ComponentChildren, createRef } from 'preact'
import { useEffect, useId, useMemo, useState } from 'preact/hooks'

/** A part of the page with a button of its own, which says whether it was saved. */
function Part({
  title,
  words,
  action = t('common.save'),
  changed,
  save,
  children,
}: {
  title: string
  words: string
  action?: string
  changed: boolean
  /** Answers what to tell once it is done; throws what went wrong. */
  save: () => Promise<string>
  children: ComponentChildren
}) {
  const { client } = useShell()
  const [busy, setBusy] = useState(false)
  const [wrong, setWrong] = useState('')
  const id = useId()
  const submit = async () => {
    if (busy || !changed) return
    setBusy(true)
    setWrong('')
    try {
      client.notice(await save())
    } catch (e) {
      setWrong(explain(e))
    } finally {
      setBusy(false)
    }
  }
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <p>{words}</p>
      <form
        class="fields"
        noValidate
        onSubmit={e => {
          e.preventDefault()
          void submit()
        }}
      >
        {children}
        {wrong && (
          <p class="trouble" role="alert">
            {wrong}
          </p>
        )}
        <div class="row">
          <Button type="submit" look="primary" busy={busy} disabled={!changed}>
            {action}
          </Button>
        </div>
      </form>
    </section>
  )
}

function Picture({ me }: { me: User }) {
  const { client } = useShell()
  const store = useStore()
  const input = createRef<HTMLInputElement>()
  const [chosen, choose] = useState<File | undefined>(undefined)
  const [busy, setBusy] = useState(false)
  const [wrong, setWrong] = useState('')
  const preview = useMemo(() => (chosen ? URL.createObjectURL(chosen) : ''), [chosen])
  useEffect(() => () => URL.revokeObjectURL(preview), [preview])
  const own = client.rest.faceUrl(me)
  const take = (file: File | undefined) => {
    const most = Number(store.config.peek()['MaxFileSize'] ?? 0)
    setWrong('')
    if (file && most > 0 && file.size > most) setWrong(t('acc.pictureMost', { size: sizeText(most) }))
    else if (file && !file.type.startsWith('image/')) setWrong(t('acc.noPicture'))
    else choose(file)
  }
  const attempt = async (f: () => Promise<void>, done: string) => {
    if (busy) return
    setBusy(true)
    setWrong('')
    try {
      await f()
      choose(undefined)
      client.notice(done)
    } catch (e) {
      setWrong(explain(e))
    } finally {
      setBusy(false)
    }
  }
  return (
    <section aria-labelledby="picture">
      <h2 id="picture">{t('emoji.picture')}</h2>
      <p>{t('acc.pictureText')}</p>
      <div class="picture">
        <Avatar name={displayName(me)} seed={me.id} size="6rem" picture={preview || own} />
        <span class="vh" role="status">
          {chosen ? t('acc.shownAs', { name: chosen.name }) : own ? t('acc.havePicture') : t('acc.haveNone')}
        </span>
        <div class="row grow">
          <input
            ref={input}
            type="file"
            class="vh"
            tabIndex={-1}
            aria-label={t('acc.pictureFile')}
            accept="image/png,image/jpeg,image/gif,image/bmp"
            onChange={e => {
              take(e.currentTarget.files?.[0])
              e.currentTarget.value = ''
            }}
          />
          {chosen && (
            <Button
              look="primary"
              busy={busy}
              onClick={() => void attempt(() => client.self.setPicture(chosen), t('acc.pictureChanged'))}
            >
              {t('acc.usePicture')}
            </Button>
          )}
          <Button onClick={() => input.current?.click()}>
            {chosen ? t('acc.chooseAnother') : t('acc.choosePicture')}
          </Button>
          {chosen && (
            <Button look="quiet" onClick={() => choose(undefined)}>
              {t('common.cancel')}
            </Button>
          )}
          {!chosen && own && (
            <Button
              busy={busy}
              onClick={() => void attempt(() => client.self.clearPicture(), t('acc.pictureRemoved'))}
            >
              {t('common.remove')}
            </Button>
          )}
        </div>
      </div>
      {wrong && (
        <p class="trouble" role="alert">
          {wrong}
        </p>
      )}
    </section>
  )
}

const NAMES = ['first_name', 'last_name', 'nickname', 'position'] as const

function Names({ me }: { me: User }) {
  const { client } = useShell()
  const [typed, type] = useState<Partial<Record<(typeof NAMES)[number], string>>>({})
  const of = (n: (typeof NAMES)[number]) => typed[n] ?? me[n]
  const set = (n: (typeof NAMES)[number]) => (v: string) => type(all => ({ ...all, [n]: v }))
  const changes = NAMES.filter(n => of(n).trim() !== me[n])
  const next = { ...me, ...Object.fromEntries(NAMES.map(n => [n, of(n).trim()])) }
  const save = async () => {
    const patch: ProfilePatch = Object.fromEntries(changes.map(n => [n, of(n).trim()]))
    await client.self.change(patch)
    type({})
    return t('acc.profileSaved')
  }
  return (
    <Part
      title={t('acc.name')}
      words={
        next.position
          ? t('acc.seenAsPosition', { name: displayName(next), position: next.position })
          : t('acc.seenAs', { name: displayName(next) })
      }
      changed={changes.length > 0}
      save={save}
    >
      <div class="pair">
        <Field
          label={t('acc.first')}
          autoComplete="given-name"
          required={false}
          value={of('first_name')}
          onInput={set('first_name')}
        />
        <Field
          label={t('acc.last')}
          autoComplete="family-name"
          required={false}
          value={of('last_name')}
          onInput={set('last_name')}
        />
      </div>
      <Field
        label={t('acc.nick')}
        autoComplete="nickname"
        hint={t('acc.nickHint')}
        required={false}
        value={of('nickname')}
        onInput={set('nickname')}
      />
      <Field
        label={t('acc.position')}
        autoComplete="organization-title"
        hint={t('acc.positionHint')}
        required={false}
        value={of('position')}
        onInput={set('position')}
      />
    </Part>
  )
}

function SignInNames({ me }: { me: User }) {
  const { client } = useShell()
  const [username, setUsername] = useState<string | undefined>(undefined)
  const [email, setEmail] = useState<string | undefined>(undefined)
  const [password, setPassword] = useState('')
  const name = (username ?? me.username).trim().toLowerCase()
  const address = (email ?? me.email ?? '').trim().toLowerCase()
  const moves = address !== me.email
  const save = async () => {
    const patch: ProfilePatch = {
      ...(name !== me.username ? { username: name } : {}),
      ...(moves ? { email: address, password } : {}),
    }
    const told = await client.self.change(patch)
    setUsername(undefined)
    setEmail(undefined)
    setPassword('')
    return moves && told.email !== address ? t('acc.mailWent', { address }) : t('acc.saved')
  }
  return (
    <Part
      title={t('acc.signIns')}
      words={t('acc.signInsText')}
      changed={name !== me.username || moves}
      save={save}
    >
      <Field
        label={t('entry.username')}
        name="username"
        autoComplete="username"
        value={username ?? me.username}
        onInput={setUsername}
        hint={t('acc.userHint')}
      />
      <Field
        label={t('entry.email')}
        name="email"
        type="email"
        autoComplete="email"
        value={email ?? me.email ?? ''}
        onInput={setEmail}
      />
      {moves && (
        <Field
          label={t('acc.yourPassword')}
          name="password"
          reveal
          autoComplete="current-password"
          hint={t('acc.whyPassword')}
          value={password}
          onInput={setPassword}
        />
      )}
    </Part>
  )
}

function Password() {
  const { client } = useShell()
  const store = useStore()
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const least = Number(store.config.value['PasswordMinimumLength'] ?? 8)
  const save = async () => {
    await client.self.changePassword(current, next)
    setCurrent('')
    setNext('')
    return t('acc.passwordDone')
  }
  return (
    <Part
      title={t('entry.password')}
      words={t('acc.passwordText')}
      action={t('acc.changePassword')}
      changed={current !== '' && next !== ''}
      save={save}
    >
      <Field
        label={t('acc.currentPassword')}
        name="current"
        reveal
        autoComplete="current-password"
        value={current}
        onInput={setCurrent}
      />
      <Field
        label={t('entry.newPassword')}
        name="new"
        reveal
        autoComplete="new-password"
        hint={t('acc.least', { count: least })}
        value={next}
        onInput={setNext}
      />
    </Part>
  )
}

export function OwnProfile() {
  const store = useStore()
  const me = store.me.value
  if (!me) return null
  return (
    <>
      <Picture me={me} />
      <Names me={me} />
      <SignInNames me={me} />
      {!me.auth_service && <Password />}
    </>
  )
}
