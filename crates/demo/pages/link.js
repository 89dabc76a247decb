// The link between the sites: what it is like, and how to spoil it.

const byId = (id) => document.getElementById(id);

/** A size, in one unit. */
export function size(bytes) {
  if (bytes < 1000) {
    return `${bytes} B`;
  }
  return bytes < 1e6 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(2)} MB`;
}

/** How long something took, in one or two units. */
export function span(seconds) {
  if (seconds < 60) {
    return `${Math.round(seconds)} s`;
  }
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${Math.round(seconds % 60)} s` : `${Math.round(minutes / 60)} h`;
}

function rate(bits) {
  if (bits < 1000) {
    return `${bits} bit/s`;
  }
  const [number, unit] = bits < 1e6 ? [bits / 1000, 'kbit/s'] : [bits / 1e6, 'Mbit/s'];
  return `${Number(number.toPrecision(3))} ${unit}`;
}

function delay(millis) {
  return millis < 1000 ? `${Number(millis.toPrecision(3))} ms` : `${Number((millis / 1000).toFixed(1))} s`;
}

/** Two significant digits, as one moves a slider. */
const round = (value) => Number(value.toPrecision(2));

/**
 * What each slider shows and sends. Rates and delays are on scales by powers of ten, so that what
 * is thin has as much room as what is fat.
 */
const SLIDERS = {
  rate: {
    of: (link) => link.rate,
    at: (bits) => Math.log10(bits),
    from: (place) => round(10 ** place),
    said: rate,
  },
  delay: {
    of: (link) => link.delay_ms,
    at: (millis) => Math.log10(millis + 1),
    from: (place) => round(10 ** place - 1),
    said: delay,
  },
  loss: {
    of: (link) => Math.round(link.loss * 1000) / 10,
    at: (percent) => percent,
    from: (place) => place,
    said: (percent) => `${percent} %`,
  },
};

export class Link {
  #order;
  #shown;
  #isCut = false;

  constructor(profiles, order) {
    this.#order = async (words) => this.show(await order(words));
    byId('profile').replaceChildren(
      ...profiles.map(({name, rate: bits}) => new Option(`${name} · ${rate(bits)}`, name)),
    );
    byId('profile').addEventListener('change', ({target}) => this.#order(`profile ${target.value}`));
    byId('cut').addEventListener('click', () => this.#order(this.#isCut ? 'restore' : 'cut'));
    for (const [name, slider] of Object.entries(SLIDERS)) {
      const input = byId(name);
      const value = () => slider.from(Number(input.value));
      input.addEventListener('input', () => {
        byId(`${name}-is`).value = slider.said(value());
      });
      input.addEventListener('change', () => this.#order(`${name} ${value()}`));
    }
  }

  /** Shows what was seen of the link. */
  show({link, linked, equal}) {
    this.#isCut = link.cut;
    this.#state(link);
    this.#shape(link);
    this.#figures(link);
    this.#pulse(link);
    this.#verdict(linked, equal);
    this.#shown = link;
  }

  #state(link) {
    byId('wire').dataset.is = link.cut ? 'cut' : link.up ? 'up' : 'away';
    const button = byId('cut');
    button.disabled = false;
    button.dataset.does = link.cut ? 'restore' : 'cut';
    button.textContent = link.cut ? 'Restore the link' : 'Cut the link';
    byId('headline').textContent = link.cut
      ? `Cut for ${span(link.cut_ago)}`
      : link.up ? 'The link is up' : 'The link is away';
    byId('detail').textContent = link.cut
      ? 'Nothing passes. Both sites go on.'
      : link.up
        ? `${rate(link.rate)}, ${delay(2 * link.delay_ms)} there and back, ${SLIDERS.loss.of(link)} % lost`
        : 'An outage of its own, as this kind of link has them.';
  }

  /** Moves the controls to where the link is, except the one that somebody moves. */
  #shape(link) {
    const busy = document.activeElement?.matches(':active') ? document.activeElement.id : '';
    if (link.profile !== this.#shown?.profile) {
      byId('profile').value = link.profile;
    }
    for (const [name, slider] of Object.entries(SLIDERS)) {
      const value = slider.of(link);
      if (name === busy || (this.#shown && value === slider.of(this.#shown))) {
        continue;
      }
      byId(name).value = slider.at(value);
      byId(`${name}-is`).value = slider.said(value);
    }
  }

  #figures(link) {
    const waiting = link.left.queued.bytes + link.right.queued.bytes;
    const lost = link.left.lost.packets + link.right.lost.packets;
    const [toEdge, toHq] = link.since_cut;
    const title = link.cut_ago === null ? 'Arrived since the start' : 'Arrived since the last cut';
    const rows = [
      ['HQ to Edge', size(toEdge)],
      ['Edge to HQ', size(toHq)],
      ['Waiting in the modems', size(waiting)],
      ['Packets lost so far', lost],
    ];
    byId('figures').replaceChildren(
      element('dt', title, 'title'),
      ...rows.flatMap(([name, value]) => [element('dt', name), element('dd', value)]),
    );
  }

  /** Sends a dot along the wire where something was put on it since the last look. */
  #pulse(link) {
    if (!this.#shown || link.cut || matchMedia('(prefers-reduced-motion: reduce)').matches) {
      return;
    }
    const wire = byId('wire');
    const across = [{left: '0'}, {left: 'calc(100% - 0.5rem)'}];
    for (const [side, frames] of [['left', across], ['right', across.toReversed()]]) {
      if (link[side].aired.packets > this.#shown[side].aired.packets) {
        const dot = wire.appendChild(document.createElement('b'));
        const duration = Math.min(Math.max(link.delay_ms, 300), 3000);
        dot.animate(frames, {duration, fill: 'forwards'}).finished.then(() => dot.remove());
      }
    }
  }

  #verdict(linked, equal) {
    const verdict = byId('verdict');
    const [is, said] = judged(linked, equal);
    // What has not changed is not read out again.
    if (verdict.textContent !== said) {
      verdict.dataset.is = is;
      verdict.textContent = said;
    }
  }
}

function judged(linked, equal) {
  if (linked.state === 'failed') {
    return ['failed', `The sites are not linked yet: ${linked.why}`];
  }
  if (linked.state === 'soon' || !equal) {
    return ['soon', 'The sites are getting to know each other.'];
  }
  if (equal.same === equal.of) {
    return ['same', `All ${equal.of} shared channels are the same at both sites.`];
  }
  return ['apart', `${equal.same} of ${equal.of} shared channels are the same at both sites.`];
}

export function element(name, text, kind) {
  const made = document.createElement(name);
  made.textContent = text;
  if (kind) {
    made.className = kind;
  }
  return made;
}
