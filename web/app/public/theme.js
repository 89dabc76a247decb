try {
  const t = localStorage.getItem('fieldpost.theme')
  if (t) document.documentElement.dataset.theme = t
} catch {}
