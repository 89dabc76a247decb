/** What others see of oneself, the address and name one signs in with, and the password. */
import type { ProfilePatch, User } from '@fieldpost/api'
import { displayName, sizeText } from '@fieldpost/core'
import { explain, useShell, useStore } from '@fieldpost/parts'
import { Avatar, Button, Field } from '@fieldpost/ui'
import { type ComponentChildren, createRef } from 'preact'
import { useEffect, useMemo, useState } from 'preact/hooks'

/** A part of the page with a button of its own, which says whether it was saved. */
function Part({
  title,
  words,
  action = 'Save',
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
  const id = title.toLowerCase().replaceAll(' ', '-')
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
    if (file && most > 0 && file.size > most) setWrong(`A picture may have up to ${sizeText(most)}.`)
    else if (file && !file.type.startsWith('image/')) setWrong('This file is no picture.')
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
      <h2 id="picture">Picture</h2>
      <p>It stands beside your messages, cut to a square. Without one your initials do.</p>
      <div class="picture">
        <Avatar name={displayName(me)} seed={me.id} size="6rem" picture={preview || own} />
        <span class="vh" role="status">
          {chosen ? `${chosen.name} is shown as it would look.` : own ? 'You have a picture.' : 'No picture.'}
        </span>
        <div class="row grow">
          <input
            ref={input}
            type="file"
            class="vh"
            tabIndex={-1}
            aria-label="Picture file"
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
              onClick={() => void attempt(() => client.self.setPicture(chosen), 'Your picture is changed.')}
            >
              Use this picture
            </Button>
          )}
          <Button onClick={() => input.current?.click()}>
            {chosen ? 'Choose another…' : 'Choose a picture…'}
          </Button>
          {chosen && (
            <Button look="quiet" onClick={() => choose(undefined)}>
              Cancel
            </Button>
          )}
          {!chosen && own && (
            <Button
              busy={busy}
              onClick={() => void attempt(() => client.self.clearPicture(), 'Your picture is removed.')}
            >
              Remove
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
  const set = (n: (typeof NAMES)[number]) => (v: string) => type(t => ({ ...t, [n]: v }))
  const changes = NAMES.filter(n => of(n).trim() !== me[n])
  const next = { ...me, ...Object.fromEntries(NAMES.map(n => [n, of(n).trim()])) }
  const save = async () => {
    const patch: ProfilePatch = Object.fromEntries(changes.map(n => [n, of(n).trim()]))
    await client.self.change(patch)
    type({})
    return 'Your profile is saved.'
  }
  return (
    <Part
      title="Name"
      words={`Others see you as ${displayName(next)}${next.position ? `, ${next.position}` : ''}.`}
      changed={changes.length > 0}
      save={save}
    >
      <div class="pair">
        <Field
          label="First name"
          autoComplete="given-name"
          required={false}
          value={of('first_name')}
          onInput={set('first_name')}
        />
        <Field
          label="Last name"
          autoComplete="family-name"
          required={false}
          value={of('last_name')}
          onInput={set('last_name')}
        />
      </div>
      <Field
        label="Nickname"
        autoComplete="nickname"
        hint="Shown in place of your full name"
        required={false}
        value={of('nickname')}
        onInput={set('nickname')}
      />
      <Field
        label="Position"
        autoComplete="organization-title"
        hint="What you do, on your card"
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
    return moves && told.email !== address
      ? `A mail went to ${address}. The address changes once it is confirmed there.`
      : 'Saved.'
  }
  return (
    <Part
      title="Username and email"
      words="You sign in with either of them. Others mention you by your username."
      changed={name !== me.username || moves}
      save={save}
    >
      <Field
        label="Username"
        name="username"
        autoComplete="username"
        value={username ?? me.username}
        onInput={setUsername}
        hint="Letters, digits, dots, hyphens and underscores"
      />
      <Field
        label="Email"
        name="email"
        type="email"
        autoComplete="email"
        value={email ?? me.email ?? ''}
        onInput={setEmail}
      />
      {moves && (
        <Field
          label="Your password"
          name="password"
          reveal
          autoComplete="current-password"
          hint="Asked for because whoever reads your mail can get into your account"
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
    return 'Your password is changed. Other devices may have to sign in again.'
  }
  return (
    <Part
      title="Password"
      words="Known to you alone. Where you are signed in elsewhere, you may have to sign in again."
      action="Change password"
      changed={current !== '' && next !== ''}
      save={save}
    >
      <Field
        label="Current password"
        name="current"
        reveal
        autoComplete="current-password"
        value={current}
        onInput={setCurrent}
      />
      <Field
        label="New password"
        name="new"
        reveal
        autoComplete="new-password"
        hint={`At least ${least} characters`}
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
