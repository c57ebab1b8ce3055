// Banks: learning from normal pictures, choosing a threshold, versions and the way back.
import { api, events, fill, filesOf, h, many, nounField, pictures, moment, score, tilesField, toast, when } from './common.js';

/* ------------------------------------------------------------------ the histogram */

const BARS = 40, W = 800, H = 150;
const space = 'http://www.w3.org/2000/svg';
const shape = (tag, attributes) => {
  const element = document.createElementNS(space, tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
};

function histogram(scores) {
  const bins = Array.from({ length: BARS }, () => ({ good: 0, bad: 0, unknown: 0 }));
  for (const row of scores) bins[Math.min(BARS - 1, Math.max(0, Math.floor(row.score * BARS)))][row.truth || 'unknown']++;
  const top = Math.max(1, ...bins.map((bin) => bin.good + bin.bad + bin.unknown));
  const svg = shape('svg', { viewBox: `0 0 ${W} ${H}`, class: 'histogram', preserveAspectRatio: 'none', role: 'img',
    'aria-label': `Scores of ${many(scores.length, 'picture')}` });
  bins.forEach((bin, i) => {
    let y = H;
    for (const kind of ['good', 'unknown', 'bad']) {
      const height = (H - 6) * bin[kind] / top;
      y -= height;
      if (height) svg.append(shape('rect', { x: i * W / BARS + 1, y, width: W / BARS - 2, height, class: `${kind}-bar` }));
    }
  });
  const line = shape('line', { x1: 0, x2: 0, y1: 0, y2: H });
  svg.append(line);
  return { svg, at: (threshold) => { line.setAttribute('x1', threshold * W); line.setAttribute('x2', threshold * W); } };
}

/** A slider over the scores: what it finds and what it calls wrongly. */
async function thresholdPanel(bank, saved) {
  const judged = (await api('GET', `/v1/scores?class=${encodeURIComponent(bank.class)}&bank=${bank.id}`)).items;
  const learned = ['good', 'bad'].flatMap((truth) => (bank.facts?.scores?.[truth] || []).map((score) => ({ score, truth })));
  const items = [...learned, ...judged];
  if (!items.length)
    return h('p.note', 'No picture was judged with this version yet. Judge some, say which decisions were right, and choose a threshold here.');
  const chart = histogram(items);
  const id = `threshold-${bank.id}`;
  const good = items.filter((row) => row.truth === 'good'), bad = items.filter((row) => row.truth === 'bad');
  /* A learned threshold is often a picture's own score: rounded to the slider's step it would call one that it does not. */
  let exact = bank.threshold;
  const out = h('div.tally'), number = h('output.num', { htmlFor: id });
  const slider = h('input', { type: 'range', id, min: 0, max: 1, step: 0.001, value: bank.threshold ?? 0.5,
    oninput: () => { exact = null; draw(); } });
  const keep = h('button.main-button', {
    type: 'button',
    onclick: async () => {
      try { saved(await api('PATCH', `/v1/banks/${bank.id}`, { threshold: Number(slider.value) })); } catch (problem) { toast(problem.message); }
    },
  }, 'Use this threshold');
  const back = h('button.plain', {
    type: 'button',
    onclick: async () => {
      try { saved(await api('PATCH', `/v1/banks/${bank.id}`, { threshold: null })); } catch (problem) { toast(problem.message); }
    },
  }, `Back to the learned one (${score(bank.learned_threshold)})`);
  const over = (rows, value) => rows.filter((row) => row.score > value).length;
  const draw = () => {
    const value = exact ?? Number(slider.value);
    chart.at(value);
    number.textContent = score(value);
    keep.disabled = value === bank.threshold;
    back.hidden = bank.learned_threshold === null || Math.abs(bank.threshold - bank.learned_threshold) < 1e-6;
    fill(out, h('div', h('b', bad.length ? `${over(bad, value)} of ${bad.length}` : '–'), 'defects found'),
      h('div', h('b', good.length ? `${over(good, value)} of ${good.length}` : '–'), 'false alarms'),
      h('div', h('b', judged.length ? `${over(judged, value)} of ${judged.length}` : '–'), 'inspected: called an anomaly'));
  };
  draw();
  return h('div.stack', h('div', chart.svg, h('div.axis', { 'aria-hidden': 'true' }, h('span', 'score 0'), h('span', '0.5'), h('span', '1'))),
    h('div', h('label', { htmlFor: id }, 'Threshold ', number), slider),
    h('div.key', h('span', h('i.k-good'), 'good: learned, or as you said'), h('span', h('i.k-bad'), 'bad, as you said'), h('span', h('i.k-unknown'), 'not said yet')),
    out, h('div.row', keep, back));
}

/* ------------------------------------------------------------------ one version */

const stepOf = (done, total) => (done < total ? `Looks at the pictures: ${done} of ${total}` : 'Finds the threshold and tries it on what was inspected …');

function effectTable(bank) {
  const effect = bank.effect;
  if (!effect?.judged) return null;
  const row = (name, key) => h('tr', h('th', { scope: 'row' }, name), h('td.n', effect.before[key]), h('td.n', effect.after[key]));
  const known = Object.values(effect.before).some(Boolean) || Object.values(effect.after).some(Boolean);
  return h('div.stack', h('h3', `What it changes on the latest ${many(effect.judged, 'picture')} of this class`),
    known ? h('div.scroll', h('table', h('thead', h('tr', h('th', ''), h('th.n', 'before'), h('th.n', 'with it'))),
      h('tbody', row('Defects found', 'found'), row('Defects missed', 'missed'), row('False alarms', 'false_alarms'))))
      : h('p.soft.small', 'You have not said yet which of them are good or bad.'),
    effect.changes.length ? h('details', h('summary', `${many(effect.changes.length, 'decision')} would differ`),
      h('div.scroll', h('table', h('thead', h('tr', h('th', 'Inspection'), h('th', 'before'), h('th', 'with it'))),
        h('tbody', effect.changes.map((change) => h('tr', h('td', change.id), h('td', `${change.before || 'none'} (${score(change.score_before)})`),
          h('td', `${change.after} (${score(change.score_after)})`))))))) : h('p.soft.small', 'No decision would differ.'));
}

/** Which threshold holds, and what is known of it: the calibration speaks of the learned one. */
function thresholdStory(bank) {
  const said = bank.facts?.calibration, sentence = said ? `${said[0].toUpperCase()}${said.slice(1)}.` : '';
  if (bank.threshold === null) return `There is no threshold yet. ${sentence}`;
  if (!bank.threshold_time) return `Threshold ${score(bank.threshold)}. ${sentence}`;
  return `Threshold ${score(bank.threshold)}, chosen ${moment(bank.threshold_time)}. The .bank file has the learned one, `
    + `${score(bank.learned_threshold)}: alfa detect needs --threshold ${bank.threshold} with it. ${sentence && `Of the learned one: ${sentence}`}`;
}

/** Pictures that were left out as strange; keep learns them as well. */
function strangeList(bank, keep) {
  const strange = bank.facts?.strange;
  if (!strange?.length) return null;
  const one = strange.length === 1, name = (row) => row.name || 'picture';
  return h('div.note.stack', h('p', `${one ? 'This one does' : 'These do'} not look like the others and ${one ? 'is' : 'are'} not remembered. Remember ${one ? 'it' : 'them'} only if nothing is wrong with ${one ? 'it' : 'any of them'}.`),
    h('div.chosen.shown', strange.slice(0, MOST_SHOWN).map((row) => h('figure',
      row.picture === undefined ? null : h('img', { src: `/v1/banks/${bank.id}/pictures/${row.picture}`, alt: '', loading: 'lazy' }),
      h('figcaption.small', { title: name(row) }, name(row))))),
    strange.length > MOST_SHOWN ? h('p.small', `and ${strange.length - MOST_SHOWN} more`) : null,
    h('div.row', h('button', { type: 'button', onclick: () => keep(bank) }, one ? 'It is normal: remember it' : 'All are normal: remember them')));
}

function skippedList(facts) {
  if (!facts?.skipped?.length) return null;
  return h('div.note', `Left out: ${facts.skipped.map((row) => `${row.name || 'picture'} (${row.why})`).join('; ')}`);
}

function notedList(facts) {
  if (!facts?.noted?.length) return null;
  return h('div.note', facts.noted.map((row) => `${row.name || 'A picture'} ${row.notes.join(', and ')}`).join('; '));
}

function badList(facts) {
  if (!facts?.bad?.length) return null;
  const found = facts.bad.filter((row) => row.found).length;
  return h('p.small', `Of the bad pictures ${found} of ${facts.bad.length} are found at the learned threshold.`);
}

/* ------------------------------------------------------------------ the view */

const MOST_SHOWN = 12; // of strange pictures
const LARGEST_LESSON = 250e6; // of a request (docs/limits.md)

class BanksView {
  constructor(go) {
    this.go = go;
    this.chosen = []; // {file | inspection, bad}
    this.list = h('div.stack');
    this.form = this.makeForm();
    this.element = h('div.banks', this.form, this.list);
    this.open = new Map();
    events.addEventListener('bank', (event) => this.progressed(event.detail));
    events.addEventListener('again', () => { if (this.element.isConnected) this.load(); });
  }

  /* ---------------------------------------------------------------- learning */

  makeForm() {
    this.noun_ = nounField('bank-noun', 'What do the pictures show?');
    this.name = h('input', { type: 'text', id: 'bank-name', maxLength: 64, placeholder: 'line 3 bottles', autocomplete: 'off' });
    this.tiles = tilesField('bank-tiles');
    this.keepAll = h('input', { type: 'checkbox', id: 'bank-keep' });
    this.keeping = h('label.check', { htmlFor: 'bank-keep' }, this.keepAll, 'Remember all good ones, strange ones too');
    this.base = h('select', { id: 'bank-base', onchange: () => this.based() });
    this.files = h('input', { type: 'file', id: 'normal-files', multiple: true, accept: 'image/*', hidden: true,
      onchange: () => this.addFiles(pictures(this.files.files), false, this.files) });
    this.badFiles = h('input', { type: 'file', id: 'bad-files', multiple: true, accept: 'image/*', hidden: true,
      onchange: () => this.addFiles(pictures(this.badFiles.files), true, this.badFiles) });
    this.bankFile = h('input', { type: 'file', id: 'bank-file', accept: '.bank', hidden: true,
      onchange: () => this.bring(this.bankFile.files[0], this.bankFile) });
    this.grid = h('div.chosen');
    this.count = h('p.soft.small', { hidden: true });
    this.problem = h('p.note.error', { hidden: true, role: 'alert' });
    this.button = h('button.main-button', { type: 'button', onclick: () => this.learn() }, 'Learn');
    const drop = h('div.drop', h('p', 'Drop pictures of good parts here'),
      h('div.row', this.first = h('button', { type: 'button', onclick: () => this.files.click() }, 'Choose good ones'),
        h('button', { type: 'button', onclick: () => this.badFiles.click() }, 'Known bad ones')), this.files, this.badFiles);
    for (const kind of ['dragover', 'dragleave', 'drop'])
      drop.addEventListener(kind, async (event) => {
        event.preventDefault();
        event.stopPropagation();
        drop.classList.toggle('over', kind === 'dragover');
        if (kind !== 'drop') return;
        const bank = [...event.dataTransfer.files].find((file) => file.name.endsWith('.bank'));
        if (bank) this.bring(bank);
        else this.addFiles(await filesOf(event.dataTransfer), false);
      });
    this.draw();
    return h('section.card.stack', h('h1', 'Learn what is normal'),
      h('p.soft.small', 'Five to ten pictures of good parts are best. Two find plain damage, and one only ranks, without a decision. They stay on this machine.'),
      h('div', h('label', { htmlFor: 'bank-base' }, 'Start from'), this.base), this.noun_.box,
      h('div', h('label', { htmlFor: 'bank-name' }, 'Name of the bank'), this.name), this.tiles.box, drop, this.count, this.grid,
      this.keeping, this.problem, h('div.row', this.button, h('a.small', { href: '#history' }, 'or pick some in History')),
      h('details', h('summary', 'A bank that \'alfa learn\' has made'),
        h('div.stack', h('p.soft.small', 'A .bank file knows its class, sentences and threshold. It is called what you say above, or like the file.'),
          h('div.row', h('button', { type: 'button', onclick: () => this.bankFile.click() }, 'Choose a .bank file')), this.bankFile)));
  }

  /* A file that was learned elsewhere. */
  async bring(file, field) {
    if (!file) return;
    const form = new FormData();
    form.append('bank', file);
    if (this.name.value.trim() && !this.base.value) form.append('name', this.name.value.trim());
    if (field) field.value = '';
    try {
      const bank = await api('POST', '/v1/banks', form);
      toast(`${bank.name}, version ${bank.version}, is here.`);
      this.problem.hidden = true;
      await this.load();
    } catch (problem) { this.complain(problem.message); }
  }

  addFiles(files, bad, field) {
    for (const file of files) this.chosen.push({ file, bad, address: URL.createObjectURL(file) });
    if (field) field.value = '';
    this.draw();
  }

  /** From the history: {inspections: rows, bad: rows}. */
  takeOver({ inspections = [], bad = [] }) {
    for (const row of inspections) this.chosen.push({ inspection: row, bad: false, address: row.links.thumbnail });
    for (const row of bad) this.chosen.push({ inspection: row, bad: true, address: row.links.thumbnail });
    const row = inspections[0] || bad[0];
    if (row && !this.noun_.field.value) this.noun_.field.value = row.class;
    if (row && !this.name.value && !this.base.value) this.name.value = row.bank?.name || row.class;
    const base = this.items?.find((bank) => bank.current && bank.name === this.name.value);
    if (base) {
      this.base.value = base.id;
      this.based();
    }
    this.draw();
  }

  draw() {
    const good = this.chosen.filter((item) => !item.bad).length, bad = this.chosen.length - good;
    this.count.hidden = this.grid.hidden = this.keeping.hidden = !this.chosen.length;
    this.problem.hidden = true;
    this.count.textContent = this.chosen.length ? `${many(good, 'good picture')}${bad ? `, ${bad} bad` : ''}` : '';
    fill(this.grid, this.chosen.map((item) => h(`figure${item.bad ? '.bad-one' : ''}`,
      h('img', { src: item.address, alt: item.file?.name || item.inspection.name || '' }),
      h('button', { type: 'button', 'aria-label': `Take ${item.file?.name || item.inspection.name || 'picture'} away`,
        onclick: () => this.takeAway(item) }, '×'))));
    this.button.disabled = !this.chosen.length;
  }

  /* Whoever uses keys is at the next one then. */
  takeAway(item) {
    const place = this.chosen.indexOf(item);
    this.chosen.splice(place, 1);
    this.draw();
    const next = this.grid.children[Math.min(place, this.chosen.length - 1)];
    (next?.querySelector('button') || this.first).focus();
  }

  /* A new version has the name and the class of its base. */
  based() {
    const bank = this.items.find((row) => String(row.id) === this.base.value);
    this.noun_.field.disabled = this.name.disabled = Boolean(bank);
    if (bank) {
      this.noun_.field.value = bank.class;
      this.name.value = bank.name;
      this.tiles.field.value = bank.tiles;
    }
  }

  async learn() {
    const size = this.chosen.reduce((sum, item) => sum + (item.file?.size || 0), 0);
    if (size > LARGEST_LESSON) {
      this.complain('These are more than 250 MB at once. Judge them on Inspect instead, and pick them in History: then they need not be sent again.');
      return;
    }
    if (!this.noun_.field.value.trim()) {
      this.complain('Say what the pictures show, for example "bottle".');
      this.noun_.field.focus();
      return;
    }
    const form = new FormData();
    const noun = this.noun_.field.value.trim(), name = this.name.value.trim() || noun;
    try {
      const stored = this.chosen.filter((item) => item.inspection), sent = this.chosen.filter((item) => item.file);
      const ids = (bad) => stored.filter((item) => item.bad === bad).map((item) => item.inspection.id);
      form.append('plan', JSON.stringify({ name, class: noun, base: Number(this.base.value) || 0, tiles: Number(this.tiles.field.value),
        keep_all: this.keepAll.checked, inspections: ids(false), bad: ids(true) }));
      for (const item of sent) form.append(item.bad ? 'bad' : 'normal', item.file);
      this.button.disabled = true;
      await api('POST', '/v1/banks', form);
      this.chosen = [];
      this.keepAll.checked = false;
      this.draw();
      await this.load();
    } catch (problem) {
      this.complain(problem.message);
      this.button.disabled = false;
    }
  }

  complain(text) {
    this.problem.textContent = text;
    this.problem.hidden = false;
  }

  /* ---------------------------------------------------------------- the list */

  async shown() { await this.load(); }

  async load() {
    try {
      this.items = (await api('GET', '/v1/banks')).items;
    } catch (problem) {
      fill(this.list, h('p.note.error', problem.message));
      return;
    }
    const before = this.base.value;
    fill(this.base, h('option', { value: '' }, 'Nothing: a new bank'), this.items.filter((bank) => bank.current)
      .map((bank) => h('option', { value: bank.id }, `${bank.name}, version ${bank.version}`)));
    this.base.value = [...this.base.options].some((option) => option.value === before) ? before : '';
    this.based();
    const names = [...new Set(this.items.map((bank) => bank.name))];
    const focused = this.list.contains(document.activeElement) && document.activeElement.closest('section')?.getAttribute('aria-label');
    fill(this.list, names.length ? names.map((name) => this.bankCard(name, this.items.filter((bank) => bank.name === name)))
      : h('section.card.empty', h('h2', 'No bank yet'), h('p', 'A bank remembers what good parts look like and knows from them where to draw the line. '
        + 'Choose a few pictures of good parts on this page, or pick some in the history.')));
    [...this.list.children].find((card) => focused && card.getAttribute('aria-label') === focused)?.focus({ preventScroll: true });
  }

  bankCard(name, versions) {
    const current = versions.find((bank) => bank.current);
    const panel = h('div');
    if (current) thresholdPanel(current, () => this.load()).then((content) => fill(panel, content)).catch((problem) => fill(panel, h('p.note.error', problem.message)));
    return h('section.card.stack', { 'aria-label': `Bank ${name}`, tabIndex: -1 },
      h('div.head', h('div', h('h2', name), h('p.soft.small', `for pictures of: ${versions[0].class}`)),
        current && h('div.row', h('button', { type: 'button', onclick: () => this.go('inspect', { bank: name }) }, 'Judge with it'),
          h('a.button', { href: `/v1/banks/${current.id}/file`, download: `${name}.bank` }, '.bank file'))),
      current ? panel : null, versions.map((bank) => this.version(bank)));
  }

  version(bank) {
    const newest = !this.items.some((other) => other.name === bank.name && other.version > bank.version);
    const incomplete = Boolean(bank.facts?.strange?.length || bank.facts?.skipped?.length);
    const open = bank.state !== 'ready' || (newest && (!bank.current || incomplete));
    const box = h('details', { open: this.open.get(bank.id) ?? open, ontoggle: () => this.open.set(bank.id, box.open) },
      h('summary', `Version ${bank.version} `, bank.current ? h('span.tag.current', 'in use') : null,
        bank.state === 'failed' ? h('span.tag.anomaly', 'failed') : null,
        h('span.soft.small', ` ${many(bank.normal, 'normal picture')}${bank.bad ? `, ${bank.bad} bad` : ''}${bank.brought ? ' · from a file' : ''} · ${when(bank.time)}`)),
      h('div.stack', this.body(bank)));
    return box;
  }

  body(bank) {
    if (bank.state === 'waiting' || bank.state === 'learning') {
      const { done = 0, total = bank.normal + bank.bad } = bank.progress || {};
      const bar = h('progress', { max: total || 1, value: done, 'aria-label': 'Pictures learned' });
      bar.dataset.bank = bank.id;
      const step = bank.state === 'waiting' ? 'Waits for its turn.' : stepOf(done, total);
      return [h('p.small', { role: 'status' }, step), bar, h('div.row', this.dropButton(bank, 'Cancel'))];
    }
    if (bank.state === 'failed') return [h('p.note.error', bank.error), this.dropButton(bank, 'Remove')];
    return [h('p.small.soft', thresholdStory(bank)),
      strangeList(bank, (strange) => this.keep(strange)), skippedList(bank.facts), notedList(bank.facts), badList(bank.facts), effectTable(bank),
      h('div.row', bank.current ? null : h('button.main-button', { type: 'button', onclick: () => this.use(bank) }, 'Use this version'), this.dropButton(bank, 'Remove'))];
  }

  dropButton(bank, label) {
    return h('button', {
      type: 'button',
      onclick: async () => {
        if (label === 'Remove' && !confirm(`Remove version ${bank.version} of ${bank.name}? Inspections stay.`)) return;
        try {
          await api('DELETE', `/v1/banks/${bank.id}`);
          await this.load();
        } catch (problem) { toast(problem.message); }
      },
    }, label);
  }

  /* The next version remembers all of this one, also what was left out as strange. */
  async keep(bank) {
    try {
      await api('POST', '/v1/banks', { name: bank.name, class: bank.class, base: bank.id, tiles: bank.tiles, keep_all: true });
      await this.load();
    } catch (problem) { toast(problem.message); }
  }

  async use(bank) {
    try {
      await api('PATCH', `/v1/banks/${bank.id}`, { current: true });
      toast(`Version ${bank.version} of ${bank.name} is in use. The one before stays: use it again to go back.`);
      await this.load();
    } catch (problem) { toast(problem.message); }
  }

  progressed(event) {
    if (!this.element.isConnected) return;
    const bar = this.list.querySelector(`progress[data-bank="${Number(event.id)}"]`);
    if (event.state !== 'learning' || !bar) this.load();
    else {
      bar.value = event.done;
      bar.previousElementSibling.textContent = stepOf(event.done, event.total);
    }
  }
}

export function banksView(go) {
  const view = new BanksView(go);
  return { element: view.element, shown: () => view.shown(), take: (more) => view.takeOver(more) };
}
