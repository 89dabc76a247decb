// The control page of the demo: asks for everything again and again, and shows it.

import {Link} from './link.js';
import {Site} from './site.js';

const OFTEN = 500;

/** Asks the demo for something; fails with its reason. */
async function ask(path, body) {
  const request = body && {
    method: 'POST',
    headers: {'content-type': 'application/json'},
    body: JSON.stringify(body),
  };
  const reply = await fetch(`/api/${path}`, request);
  const answer = await reply.json();
  if (!reply.ok) {
    throw new Error(answer.why);
  }
  return answer;
}

/** Does something for ever, with a pause in between. What fails is tried again. */
async function repeat(work) {
  for (;;) {
    try {
      await work();
    } catch (failure) {
      console.warn(failure);
    }
    await new Promise((resume) => setTimeout(resume, OFTEN));
  }
}

const places = await ask('places');
const link = new Link(places.profiles, (order) => ask('link', {order}));
const chosen = document.getElementById('channel');
const sites = ['hq', 'edge'].map((name) => new Site(name, places[name], async (message) => {
  await ask(`${name}/posts`, {channel: chosen.value, message});
  await look();
}));

/** Fills the choice of channels, once HQ says which there are. */
async function choose() {
  const channels = await ask('hq/channels');
  if (channels.length === chosen.options.length) {
    return;
  }
  const before = chosen.value || 'ops';
  chosen.replaceChildren(...channels.map(({name, display_name}) => new Option(display_name, name)));
  chosen.value = channels.some(({name}) => name === before) ? before : channels[0]?.name;
  chosen.disabled = channels.length === 0;
}

/** Shows both timelines, each post with whether it is at the other site. */
async function look() {
  const channel = chosen.value;
  if (!channel) {
    return;
  }
  const path = (site) => `${site}/posts?channel=${encodeURIComponent(channel)}`;
  const found = await Promise.allSettled([ask(path('hq')), ask(path('edge'))]);
  if (channel !== chosen.value) {
    return;
  }
  for (const [number, site] of sites.entries()) {
    const {value = [], reason} = found[number];
    site.show(value, found[1 - number].value, reason?.message);
  }
}

chosen.addEventListener('change', look);
repeat(async () => {
  const overview = await ask('overview');
  link.show(overview);
  for (const site of sites) {
    site.judge(overview);
  }
});
repeat(async () => {
  await choose();
  await look();
});
