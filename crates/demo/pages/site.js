// One site: its timeline, and a composer for somebody there.

import {element, size, span} from './link.js';

const TITLES = {hq: 'HQ', edge: 'Edge'};
const OTHER = {hq: 'edge', edge: 'hq'};

/** As many posts as the demo gives; what is older may be at the other site all the same. */
const PAGE = 40;

const clock = new Intl.DateTimeFormat(undefined, {hour: '2-digit', minute: '2-digit', second: '2-digit'});
const day = new Intl.DateTimeFormat(undefined, {day: 'numeric', month: 'short', year: 'numeric'});

/** The time of today, or the day. */
function when(millis) {
  const at = new Date(millis);
  return at.toDateString() === new Date().toDateString() ? clock.format(at) : day.format(at);
}

/** Whether a post is certainly not at a site with these posts. */
function isMissing(post, there) {
  const isBeforeThem = there.length === PAGE && post.at < there[0].at;
  return !isBeforeThem && !there.some(({id}) => id === post.id);
}

export class Site {
  #name;
  #root;
  #other;
  #drawn = '';

  constructor(name, {url, user, password}, say) {
    this.#name = name;
    this.#other = TITLES[OTHER[name]];
    this.#root = document.getElementById(name);
    this.#root.append(document.getElementById('site').content.cloneNode(true));
    this.#find('h2').textContent = TITLES[name];
    this.#find('.who').textContent = `you are ${user}`;
    const open = this.#find('.open');
    open.href = url;
    open.title = `Sign in as ${user} with ${password}`;
    const form = this.#find('.composer');
    const text = this.#find('textarea');
    text.setAttribute('aria-label', `Write at ${TITLES[name]}`);
    text.placeholder = `Write at ${TITLES[name]}`;
    text.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      const message = text.value.trim();
      if (message) {
        await this.#send(say, message, text);
      }
    });
  }

  #find(selector) {
    return this.#root.querySelector(selector);
  }

  async #send(say, message, text) {
    const complaint = this.#find('.complaint');
    try {
      text.value = '';
      complaint.textContent = '';
      await say(message);
    } catch (failure) {
      text.value ||= message;
      complaint.textContent = failure.message;
    }
  }

  /** Shows the posts here, each with whether it is at the other site; none if there is no knowing. */
  show(posts, there, reason) {
    const shown = posts.map((post) => ({...post, isHeld: there !== undefined && isMissing(post, there)}));
    const drawn = JSON.stringify([shown, reason]);
    if (drawn === this.#drawn) {
      return;
    }
    this.#drawn = drawn;
    const list = this.#find('.posts');
    const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
    const nothing = element('li', reason ?? 'Nothing here yet.', 'empty');
    list.replaceChildren(...(shown.length ? shown.map((post) => this.#drawnPost(post)) : [nothing]));
    if (isAtEnd) {
      list.scrollTop = list.scrollHeight;
    }
  }

  #drawnPost(post) {
    const item = element('li', '', post.is_reply ? 'reply' : '');
    const by = element('div', '', 'by');
    by.append(element('b', post.author), element('time', when(post.at)));
    if (post.is_edited) {
      by.append(element('span', 'edited'));
    }
    if (post.isHeld) {
      by.append(element('span', `not at ${this.#other} yet`, 'held'));
    }
    item.append(by, element('div', post.message, post.is_notice ? 'text notice' : 'text'));
    return item;
  }

  /** Says how fresh this side is. */
  judge(overview) {
    const {missing, behind} = overview[this.#name];
    const fresh = this.#find('.fresh');
    const said = fresh.querySelector('span');
    if (behind === null) {
      fresh.dataset.is = 'unknown';
      said.textContent = `Has heard nothing of ${this.#other} yet`;
    } else if (missing.changes === 0) {
      fresh.dataset.is = 'complete';
      said.textContent = `Has everything that ${this.#other} wrote`;
    } else {
      fresh.dataset.is = 'behind';
      const bytes = size(missing.bytes);
      const wait = missing.changes === 1
        ? `1 change (${bytes}) waits`
        : `${missing.changes} changes (${bytes}) wait`;
      said.textContent = `${span(behind)} behind: ${wait} at ${this.#other}`;
    }
  }
}
