// Before anything is drawn: what the reader looked at last.
try {
  const root = document.documentElement
  const look = JSON.parse(localStorage.getItem('fieldpost.look') || '{}')
  for (const name of ['theme', 'own', 'density', 'motion'])
    if (typeof look[name] === 'string') root.dataset[name] = look[name]
  for (const [name, value] of Object.entries(look.tokens || {})) root.style.setProperty(name, value)
  if (look.language) root.lang = look.language
  if (look.dir) root.dir = look.dir
} catch {}
