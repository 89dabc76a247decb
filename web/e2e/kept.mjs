// What a device keeps for the hours without the server: what was not kept yet when the power fails never comes back.

/** Whether the device keeps a message whose source says this. */
export const isKept = (page, text) =>
  page.evaluate(async said => {
    const opening = indexedDB.open('fieldpost')
    const db = await new Promise(r => {
      opening.onsuccess = () => r(opening.result)
    })
    const asked = db.transaction('posts').objectStore('posts').getAll()
    const posts = await new Promise(r => {
      asked.onsuccess = () => r(asked.result)
    })
    db.close()
    return posts.some(p => p.message.includes(said))
  }, text)

/** The texts of the banners of channels that the device keeps. */
export const keptBanners = page =>
  page.evaluate(async () => {
    const opening = indexedDB.open('fieldpost')
    const db = await new Promise(r => {
      opening.onsuccess = () => r(opening.result)
    })
    const asked = db.transaction('kv').objectStore('kv').get('session')
    const session = await new Promise(r => {
      asked.onsuccess = () => r(asked.result)
    })
    db.close()
    return (session?.channels ?? []).map(c => c.banner_info?.text)
  })
