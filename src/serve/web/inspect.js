// Pictures in, judgements out: one, many, from a folder, the clipboard or a camera.
import { api, decisionTag, events, fill, filesOf, h, heard, icon, many, moment, nounField, pictures, saidOf, score, tilesField, toast, verdictButtons, words } from './common.js';
import { Viewer } from './viewer.js';

const AT_ONCE = 2;

/* ------------------------------------------------------------------ what is said about a picture */

function meter(inspection) {
  const bar = h('div.meter', { role: 'img', 'aria-label': `Score ${score(inspection.score)}` }, h('i'));
  bar.firstChild.style.width = `${100 * Math.min(1, Math.max(0, inspection.score))}%`;
  if (inspection.threshold !== null) {
    const mark = h('u'), text = h('span', `threshold ${score(inspection.threshold)}`);
    mark.style.left = `${100 * inspection.threshold}%`;
    text.style.left = `${Math.min(84, Math.max(16, 100 * inspection.threshold))}%`;
    bar.append(mark, text);
  }
  return bar;
}

function factList(inspection) {
  const rows = [['Class', inspection.class],
    ['Judged with', inspection.bank ? `bank ${inspection.bank.name}, version ${inspection.bank.version}` : 'words only'],
    inspection.p_value !== null && ['p-value', `${inspection.p_value.toFixed(3)} (${many(inspection.references, 'normal picture')})`],
    ['Regions', inspection.regions.length || 'none'],
    ['Size', `${inspection.width} × ${inspection.height}`],
    ['Method', inspection.method],
    ['Took', `${Math.round(1000 * inspection.seconds)} ms`],
    inspection.settings && ['Program and model', `alfa ${inspection.settings.version}, ${inspection.model} ${inspection.settings.fingerprint}`],
    inspection.id && ['Inspection', `No. ${inspection.id}`]];
  return h('dl.facts', rows.filter(Boolean).map(([name, value]) => [h('dt', name), h('dd', value)]));
}

function bars(descriptors) {
  return h('ol.bars', descriptors.map((row) => {
    const rod = h('i');
    rod.style.width = `${100 * row.share}%`;
    return h('li', h('span', row.text), h('span.num.soft', `${Math.round(100 * row.share)} %`), h('div.rod', rod));
  }));
}

function likeness(inspection) {
  if (!inspection.descriptors?.length) return null;
  return h('section.card.stack', h('h2', 'What it looks most like'),
    h('p.soft.small', 'What a fault would be, not whether there is one.'),
    bars(inspection.descriptors),
    inspection.regions.slice(0, 6).map((region, i) => region.descriptors && h('details', h('summary', `Region ${i + 1}`), bars(region.descriptors))));
}

function keptSentences(inspection) {
  if (!inspection.prompts?.length) return null;
  return h('section.card', h('details',
    h('summary', `Sentences that counted: ${inspection.kept_normal} normal, ${inspection.kept_abnormal} abnormal`),
    h('p.soft.small', 'The clearest for this picture, with their contextual score.'),
    h('ol.sentences', inspection.prompts.map((row) =>
      h('li', h('span', { className: row.side === 'normal' ? 'good' : 'bad' }, row.text), h('span.num', row.score.toFixed(3)))))));
}

/* One click: the picture joins the bank that judged it, as a new version. */
function lesson(inspection) {
  const box = h('div', { hidden: true });
  const draw = () => {
    const role = { false_alarm: 'inspections', missed: 'bad' }[inspection.verdict] || (inspection.verdict === 'agree' && inspection.decision === 'anomaly' ? 'bad' : null);
    box.hidden = !role || !inspection.bank;
    if (box.hidden) return;
    fill(box, h('div.stack', h('p.small.soft', role === 'bad' ? 'As a known bad picture it counts wherever the bank\'s threshold is chosen.' : 'The bank can learn that this is normal.'),
      h('div.row', h('button', {
        type: 'button',
        onclick: async (event) => {
          try {
            event.target.disabled = true;
            const bank = await api('GET', `/v1/banks/${inspection.bank.id}`);
            const made = await api('POST', '/v1/banks', { name: bank.name, class: bank.class, base: bank.id, tiles: bank.tiles, false_alarm_rate: bank.false_alarm_rate, [role]: [inspection.id] });
            toast(`Version ${made.version} of ${made.name} is being learned. Banks shows what it changes; then use it, or not.`);
          } catch (problem) {
            event.target.disabled = false;
            toast(problem.message);
          }
        },
      }, `Teach it to ${inspection.bank.name}`))));
  };
  draw();
  return { box, draw };
}

function question(inspection) {
  const next = lesson(inspection);
  const said = h('p.small.soft');
  const draw = () => {
    said.hidden = !inspection.verdict_time;
    said.textContent = said.hidden ? '' : `Said ${moment(inspection.verdict_time)}`;
    next.draw();
  };
  draw();
  return h('section.card.stack', h('h2', 'Is that right?'), verdictButtons(inspection, draw), said, next.box);
}

/** The panel beside the picture. */
export function judgement(inspection, extra) {
  return h('div.stack',
    h(`section.card.${inspection.decision || 'none'}`, { 'aria-live': 'polite' },
      h('div.verdict', h('span.word', words[inspection.decision] || 'No decision'), h('span.score', score(inspection.score))),
      meter(inspection), factList(inspection), inspection.note ? h('p.soft.small', inspection.note) : null,
      (inspection.notes || []).map((note) => h('p.soft.small', `The picture ${note}`))),
    inspection.id ? question(inspection) : null,
    likeness(inspection), keptSentences(inspection), extra);
}

/* ------------------------------------------------------------------ sentences that can be edited */

function sentenceEditor(view) {
  const text = h('textarea', { id: 'sentences', spellcheck: false });
  const state = h('p.soft.small');
  const button = (label, run, kind = '') => h(`button${kind}`, {
    type: 'button',
    onclick: async () => {
      try { await run(); } catch (problem) { toast(problem.message); }
    },
  }, label);
  const path = () => `/v1/prompts/${encodeURIComponent(view.noun())}`;
  const load = async () => {
    if (!view.noun()) throw new Error('Say first what the pictures show.');
    const answer = await api('GET', path());
    text.value = answer.text;
    state.textContent = { shipped: 'The sentences that come with alfa.', edited: 'Your own sentences.',
      generic: 'There are none for this class: these are the generic ones.' }[answer.source];
  };
  const box = h('details', { ontoggle: () => box.open && load().catch((problem) => { state.textContent = problem.message; }) },
    h('summary', 'Sentences'),
    h('div.stack', h('p.soft.small', 'What pictures are compared with: [normal] and [abnormal], one a line; {class} stands for the noun.'),
      h('label', { htmlFor: 'sentences' }, 'Prompt set'), text, state,
      h('div.row', button('Try on this picture', () => view.again({ prompts: text.value }), '.main-button'),
        button('Keep for this class', async () => {
          await api('PUT', path(), { text: text.value });
          await load();
          toast('Kept. Banks that were learned before keep their own sentences.');
        }),
        button('Back to the shipped ones', async () => {
          await api('DELETE', path());
          await load();
        }, '.plain'))));
  return box;
}

/* ------------------------------------------------------------------ a camera */

/* For a file's name on any system: the reader's time as 2026-11-30 05.04.01. */
const now = () => new Date(Date.now() - 60000 * new Date().getTimezoneOffset()).toISOString().slice(0, 19).replace('T', ' ').replaceAll(':', '.');

async function photograph() {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1920 }, facingMode: 'environment' } });
  const video = h('video', { autoplay: true, muted: true, playsInline: true });
  video.style.width = '100%';
  video.srcObject = stream;
  return new Promise((done) => {
    const end = (file) => {
      stream.getTracks().forEach((track) => track.stop());
      dialog.remove();
      done(file);
    };
    const shoot = () => {
      const canvas = h('canvas', { width: video.videoWidth, height: video.videoHeight });
      canvas.getContext('2d').drawImage(video, 0, 0);
      canvas.toBlob((blob) => end(new File([blob], `camera ${now()}.jpg`, { type: 'image/jpeg' })), 'image/jpeg', 0.95);
    };
    const dialog = h('dialog', { 'aria-label': 'Camera', onclose: () => end(null) }, h('div.stack', video,
      h('div.row', h('button.main-button', { type: 'button', onclick: shoot }, 'Take picture'),
        h('button', { type: 'button', onclick: () => dialog.close() }, 'Cancel'))));
    document.body.append(dialog);
    dialog.showModal();
  });
}

/* ------------------------------------------------------------------ the view */

class InspectView {
  constructor(go) {
    this.go = go;
    this.items = [];
    this.viewer = new Viewer();
    this.noun_ = nounField('noun', 'What do the pictures show?', localStorage.getItem('alfa.noun') || '');
    this.first = h('p.note.first', { hidden: true, role: 'alert' });
    this.noun_.field.addEventListener('change', () => {
      localStorage.setItem('alfa.noun', this.noun());
      this.takeWaiting();
    });
    this.bank = h('select', { id: 'bank', onchange: () => { this.gone.hidden = true; this.chosen(); } });
    this.gone = h('p.note.error', { hidden: true, role: 'alert' });
    this.tiles = tilesField('tiles');
    this.list = h('div.batch', { role: 'list', 'aria-label': 'Pictures' });
    this.status = h('p.small.soft.num', { role: 'status' });
    this.progress = h('progress', { max: 1, value: 0, hidden: true, 'aria-label': 'Pictures judged' });
    this.stopButton = h('button.plain', { type: 'button', hidden: true, onclick: () => this.stop() }, 'Stop');
    this.right = h('div');
    this.editor = sentenceEditor(this);
    this.element = h('div.inspect', this.left(), this.right);
    this.empty();
    this.listen();
  }

  noun() { return this.noun_.field.value.trim(); }

  left() {
    this.files = h('input', { type: 'file', id: 'files', multiple: true, accept: 'image/*,.ppm,.pgm,.pnm,.tif,.tiff,.bmp', hidden: true,
      onchange: () => this.take(pictures(this.files.files), this.files) });
    this.folder = h('input', { type: 'file', id: 'folder', multiple: true, hidden: true, onchange: () => this.take(pictures(this.folder.files, true), this.folder) });
    this.folder.webkitdirectory = true;
    this.drop = h('div.drop', icon('M12 16V4m0 0L7 9m5-5l5 5M4 16v3a1 1 0 001 1h14a1 1 0 001-1v-3', 26),
      h('p', 'Drop or paste pictures here'),
      h('div.row', h('button.main-button', { type: 'button', onclick: () => this.files.click() }, 'Choose pictures'),
        h('button', { type: 'button', onclick: () => this.folder.click() }, 'Folder'),
        navigator.mediaDevices?.getUserMedia && window.isSecureContext
          ? h('button', { type: 'button', onclick: () => this.camera() }, 'Camera') : null), this.files, this.folder);
    return h('div.stack',
      h('section.card.stack', this.noun_.box, this.first, h('div', h('label', { htmlFor: 'bank' }, 'Judge with'), this.bank), this.gone, this.tiles.box, this.editor),
      this.drop,
      this.batchCard = h('section.card.stack', { hidden: true },
        h('div.head', h('h2', 'Pictures'), this.stopButton), this.status, this.progress, this.list));
  }

  empty() {
    fill(this.right, h('section.card.empty', h('h2', 'Show it a picture'),
      h('p', 'Say what your pictures show, then drop one here, or a whole folder. You get a score, a decision and a map of what looks wrong. '
        + 'Nothing leaves this machine.'),
      h('p', 'It is much sharper with a ', h('a', { href: '#banks' }, 'bank'), ': five to ten pictures of good parts.')));
  }

  listen() {
    const over = (event) => {
      if (!this.element.isConnected || ![...event.dataTransfer.types].includes('Files')) return;
      event.preventDefault();
      this.drop.classList.toggle('over', event.type === 'dragover');
    };
    document.addEventListener('dragover', over);
    document.addEventListener('dragleave', over);
    document.addEventListener('drop', async (event) => {
      over(event);
      if (event.defaultPrevented) this.take(await filesOf(event.dataTransfer));
    });
    document.addEventListener('paste', (event) => {
      if (this.element.isConnected && event.clipboardData.files.length) this.take(pictures(event.clipboardData.files));
    });
    this.list.addEventListener('keydown', (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const next = step && this.items[this.items.findIndex((item) => item.button === document.activeElement) + step];
      if (!next) return;
      event.preventDefault();
      next.button.focus();
      this.select(next);
    });
    events.addEventListener('verdict', (event) => this.told(event.detail));
    events.addEventListener('bank', (event) => { if (event.detail.state !== 'learning') this.fillBanks(); });
    events.addEventListener('again', () => this.fillBanks());
  }

  async shown() { await this.fillBanks(); }

  /* A verdict from another browser. */
  told(said) {
    for (const { inspection } of this.items) if (inspection?.id === said.id) Object.assign(inspection, said);
    heard(this.right, said);
  }

  async fillBanks() {
    try {
      const { items } = await api('GET', '/v1/banks');
      const before = this.bank.value || localStorage.getItem('alfa.bank') || '';
      this.current = items.filter((bank) => bank.current);
      fill(this.bank, h('option', { value: '' }, 'Words only'),
        this.current.map((bank) => h('option', { value: bank.name }, `${bank.name} · ${many(bank.normal, 'picture')}`)));
      const gone = ![...this.bank.options].some((option) => option.value === before);
      this.bank.value = gone ? '' : before;
      if (gone) this.gone.textContent = `The bank ${before} is no longer here: pictures are judged with words only.`;
      this.gone.hidden &&= !gone;
      this.chosen();
    } catch (problem) { toast(problem.message); }
  }

  /* A bank knows its noun and its sentences. */
  chosen() {
    const bank = this.current?.find((row) => row.name === this.bank.value);
    localStorage.setItem('alfa.bank', this.bank.value);
    this.noun_.field.disabled = Boolean(bank);
    if (bank) this.noun_.field.value = bank.class;
    this.editor.hidden = this.tiles.box.hidden = Boolean(bank);
    this.takeWaiting();
  }

  /** From another view: {bank}. */
  async takeOver({ bank }) {
    await this.fillBanks();
    this.bank.value = bank;
    this.gone.hidden = true;
    this.chosen();
  }

  async camera() {
    try {
      const file = await photograph();
      if (file) this.take([file]);
    } catch { toast('No camera can be used here.'); }
  }

  /* ---------------------------------------------------------------- the batch */

  take(files, field) {
    files = [...files];
    if (field) field.value = '';
    if (!files.length) {
      toast('There is no picture among these.');
      return;
    }
    if (!this.noun()) {
      this.waiting = [...(this.waiting || []), ...files];
      this.tellWaiting();
      this.noun_.field.focus();
      return;
    }
    const first = this.items.length;
    for (const file of files) this.add(file);
    this.batchCard.hidden = false;
    this.wanted = first;
    this.abort ??= new AbortController();
    for (let i = 0; i < AT_ONCE; i++) this.work();
    this.tell();
  }

  /* Pictures that came before it was said what they show. */
  tellWaiting() {
    this.first.hidden = !this.waiting;
    if (this.waiting) this.first.textContent = `Say this first, for example "bottle": then ${many(this.waiting.length, 'picture')} ${this.waiting.length === 1 ? 'is' : 'are'} judged.`;
  }

  takeWaiting() {
    if (!this.waiting || !this.noun()) return;
    const waiting = this.waiting;
    this.waiting = null;
    this.tellWaiting();
    this.take(waiting);
  }

  add(file) {
    const item = { file, state: 'waiting', fields: { class: this.noun(), bank: this.bank.value, tiles: this.bank.value ? '' : this.tiles.field.value } };
    item.small = h('small', 'waiting');
    item.tag = h('span');
    item.picture = h('img', { alt: '', loading: 'lazy' });
    item.picture.addEventListener('error', () => item.picture.replaceWith(h('span.thumb')), { once: true });
    item.address = URL.createObjectURL(file);
    item.picture.src = item.address;
    item.button = h('button', { type: 'button', onclick: () => this.select(item) }, item.picture, h('span.name', file.name, item.small), item.tag);
    this.list.append(h('div', { role: 'listitem' }, item.button));
    this.items.push(item);
  }

  async work() {
    const item = this.items.find((row) => row.state === 'waiting');
    if (!item || !this.abort) return;
    item.state = 'judging';
    item.small.textContent = 'judging …';
    await this.judge(item);
    this.tell();
    this.work();
  }

  async judge(item) {
    const form = new FormData();
    form.append('image', item.file);
    for (const [name, value] of Object.entries(item.fields)) if (value) form.append(name, value);
    try {
      item.inspection = await api('POST', '/v1/detect', form, { signal: this.abort.signal });
      item.state = 'done';
      item.small.textContent = `score ${score(item.inspection.score)}`;
      fill(item.tag, decisionTag(item.inspection.decision));
      if (this.items.indexOf(item) === this.wanted) this.select(item);
    } catch (problem) {
      item.state = problem.name === 'AbortError' ? 'stopped' : 'failed';
      item.small.textContent = problem.name === 'AbortError' ? 'stopped' : saidOf(problem.message, item.file.name);
      item.small.classList.add('error');
      item.error = item.small.textContent;
      if (this.items.indexOf(item) === this.wanted && item.state === 'failed') this.select(item);
    }
  }

  stop() {
    this.abort?.abort();
    this.abort = null;
    for (const item of this.items) if (item.state === 'waiting') {
      item.state = 'stopped';
      item.small.textContent = 'stopped';
    }
    this.tell();
  }

  tell() {
    const count = (state) => this.items.filter((item) => item.state === state).length;
    const open = count('waiting') + count('judging'), done = this.items.length - open;
    const bad = this.items.filter((item) => item.inspection?.decision === 'anomaly').length;
    this.status.textContent = [open ? `${done} of ${this.items.length}` : many(this.items.length, 'picture'),
      many(bad, 'anomaly', 'anomalies'), count('failed') ? `${count('failed')} failed` : ''].filter(Boolean).join(' · ');
    this.progress.hidden = this.stopButton.hidden = !open;
    this.progress.max = this.items.length;
    this.progress.value = done;
    if (!open) this.abort = null;
  }

  select(item) {
    for (const other of this.items) other.button.removeAttribute('aria-current');
    item.button.setAttribute('aria-current', 'true');
    this.item = item;
    if (item.inspection) this.show(item.inspection);
    else if (item.error) fill(this.right, h('section.card.empty', h('h2', `${item.file.name} cannot be judged`), h('p.bad', item.error),
      h('p', 'JPEG, PNG, TIFF, WebP, GIF, BMP and PPM pictures are read. The other pictures go on.')));
  }

  show(inspection) {
    this.viewer.show(inspection);
    fill(this.right, h('div.result', this.viewer.element, judgement(inspection)));
    this.viewer.place();
    if (window.innerWidth <= 860) this.right.scrollIntoView({ block: 'start' });
  }

  /** The selected picture once more, with other sentences. */
  async again(fields) {
    if (!this.item?.inspection) throw new Error('Judge a picture first; then try other sentences on it.');
    const form = new FormData();
    form.append('inspection', this.item.inspection.id);
    form.append('class', this.noun());
    form.append('tiles', this.tiles.field.value);
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    const before = this.item.inspection.score;
    const inspection = await api('POST', '/v1/detect', form);
    Object.assign(inspection, { name: this.item.inspection.name });
    this.item.inspection = inspection;
    this.item.small.textContent = `score ${score(inspection.score)}`;
    fill(this.item.tag, decisionTag(inspection.decision));
    this.show(inspection);
    toast(`Score ${score(before)} → ${score(inspection.score)}`);
  }
}

export function inspectView(go) {
  const view = new InspectView(go);
  return { element: view.element, shown: () => view.shown(), take: (more) => view.takeOver(more) };
}
