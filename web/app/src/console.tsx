/** The administration as it stands in this application: with the page of links, which is another feature's. */
import { Console, ready } from '@fieldpost/console'
import { Links } from '@fieldpost/links'

/** Once the words of the reader's language are here, too. */
export { ready }

export default function Administration({ path }: { path: string }) {
  return <Console path={path} Links={Links} />
}
