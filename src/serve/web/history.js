// What was judged: filters, verdicts, one in detail, and picking pictures to learn from.
import { api, classList, decisionTag, events, fill, h, heard, many, moment, score, toast, verdictButtons, when, words } from './common.js';
import { Viewer } from './viewer.js';
import { judgement } from './inspect.js';

/* So many anomalies in a row are seldom the parts. */
const ROW = 20;

class HistoryView {
  constructor(go) {
    this.go = go;
    this.picked = new Map();
    this.cards = h('div.cards');
    this.state = h('div');
    this.hint = h('div', { role: 'status' });
    this.newest = [];
    this.more = h('button', { type: 'button', hidden: true, onclick: () => this.load(true) }, 'Show more');
    this.fresh = h('button', { type: 'button', hidden: true, onclick: () => this.load() }, 'New ones came: look again');
    this.early = [];
    this.late = [];
    this.count = h('p.soft.small.num', { role: 'status' });
    this.pickbar = h('section.card.row.pickbar', { hidden: true, 'aria-label': 'Picked pictures' });
    this.table = h('a.button', { href: '/v1/inspections?format=csv', download: '' }, 'Table (CSV)');
    this.list = h('div.stack', h('div.head', h('h1', 'History'), h('div.row', this.count, this.table)), this.filters(), this.fresh, this.hint, this.cards, this.state,
      h('div', this.more), this.pickbar);
    this.element = h('div', this.list);
    events.addEventListener('inspection', (event) => this.arrived(event.detail));
    events.addEventListener('verdict', (event) => this.told(event.detail));
    events.addEventListener('again', () => { if (this.element.isConnected) this.load(); });
  }

  filters() {
    const select = (id, label, options) => {
      const field = h('select', { id, onchange: () => this.load() }, options.map(([value, text]) => h('option', { value }, text)));
      return [field, h('div', h('label', { htmlFor: id }, label), field)];
    };
    const input = (id, label, type, more = {}) => {
      const field = h('input', { id, type, oninput: () => this.later(), ...more });
      return [field, h('div', h('label', { htmlFor: id }, label), field)];
    };
    const [cls, a] = select('f-class', 'Class', [['', 'All']]);
    const [decision, b] = select('f-decision', 'Decision', [['', 'All'], ['anomaly', 'Anomaly'], ['normal', 'Normal']]);
    const [verdict, c] = select('f-verdict', 'Verdict', [['', 'All'], ['none', 'Not yet'], ['agree', 'Confirmed'], ['false_alarm', 'False alarm'], ['missed', 'Missed']]);
    const [name, d] = input('f-name', 'Name has', 'search');
    const [low, e] = input('f-low', 'Score from', 'text', { inputMode: 'decimal', autocomplete: 'off', placeholder: '0 to 1' });
    const [since, f] = input('f-since', 'Since', 'date', { max: '9999-12-31' });
    const [until, g] = input('f-until', 'Until', 'date', { max: '9999-12-31' });
    this.fields = { class: cls, decision, verdict, name, min_score: low, since, until };
    return h('details.card', { open: window.innerWidth > 860 }, h('summary', 'Filters'), h('div.filters', a, b, c, d, e, f, g));
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.load(), 300);
  }

  query(more = {}) {
    const query = new URLSearchParams(), low = this.fields.min_score;
    for (const [name, field] of Object.entries(this.fields)) if (field.value) query.set(name, field.value);
    // With the decimal sign of the reader's country.
    if (low.value) query.set('min_score', low.value.trim().replace(',', '.'));
    // Days as the reader's clock has them; the last one is included.
    const midnight = (field, days) => {
      const [year, month, day] = field.value.split('-').map(Number);
      return new Date(year, month - 1, day + days).toISOString();
    };
    if (this.fields.since.value) query.set('since', midnight(this.fields.since, 0));
    if (this.fields.until.value) query.set('until', midnight(this.fields.until, 1));
    for (const [name, value] of Object.entries(more)) query.set(name, value);
    return query;
  }

  async shown() {
    if (this.detail) return;
    const names = await classList(true).catch(() => []);
    const before = this.fields.class.value;
    fill(this.fields.class, h('option', { value: '' }, 'All'), names.map((name) => h('option', { value: name }, name)));
    this.fields.class.value = before;
    await this.load();
  }

  /* Answers may overtake each other: the one to the latest question counts, and "Show more" waits for it. */
  async load(more) {
    if (more && this.asked) return;
    const asked = this.asked = {};
    let page = { items: [], next: null }, problem = null;
    try {
      page = await api('GET', `/v1/inspections?${this.query({ limit: 48, ...(more ? { cursor: this.next } : {}) })}`);
    } catch (failure) { problem = failure; }
    if (this.asked !== asked) return;
    this.asked = null;
    if (more && problem) {
      toast(problem.message);
      return;
    }
    if (!more) fill(this.cards);
    this.cards.append(...page.items.map((row) => this.card(row)));
    if (!more) this.suggest(page.items);
    this.next = page.next;
    this.more.hidden = !page.next;
    this.fresh.hidden = true;
    this.table.href = `/v1/inspections?${this.query({ format: 'csv' })}`;
    this.tell();
    if (problem) fill(this.state, h('p.note.error', problem.message));
    for (const row of this.early.splice(0)) this.arrived(row);
    for (const said of this.late.splice(0)) this.told(said);
  }

  tell() {
    const count = this.cards.childElementCount;
    this.count.textContent = count ? `${many(count, 'inspection')}${this.next ? ' and more' : ''}` : '';
    const filtered = [...this.query()].length > 0;
    fill(this.state, count ? null : h('section.card.empty',
      filtered ? [h('h2', 'Nothing matches'), h('p', 'Take a filter away to see more.')]
        : [h('h2', 'Nothing was judged yet'), h('p', 'Every picture that you or a camera program has judged is kept here. ',
          h('a', { href: '#inspect' }, 'Judge the first one'), '.')]));
  }

  /* What to do where a bank calls everything that came last; newest: the rows, the last one first. */
  suggest(newest) {
    const filtered = [...this.query()].length > 0;
    this.newest = filtered ? [] : newest.slice(0, ROW);
    const bank = this.newest.at(-1)?.bank?.name;
    const all = this.newest.length === ROW && bank &&
      this.newest.every((row) => row.decision === 'anomaly' && row.verdict !== 'agree' && row.bank?.name === bank);
    fill(this.hint, all ? h('p.note', h('strong', `The last ${ROW} pictures are all anomalies. `),
      'If most of them are good, light, focus or place have changed since ', h('strong', bank),
      ' was learned: pick some good ones, choose “Learn as normal”, and add them to it.') : null);
  }

  arrived(row) {
    if (!this.element.isConnected) return;
    if (this.asked) this.early.push(row);
    else if ([...this.query()].length) this.fresh.hidden = false;
    else if (!this.cardOf(row.id)) {
      this.cards.prepend(this.card(row));
      this.suggest([row, ...this.newest]);
      this.tell();
    }
  }

  /* What is being asked for may have been read before. */
  told(said) {
    if (this.asked) this.late.push(said);
    heard(this.list, said);
    if (this.detail) heard(this.element, said);
  }

  card(row) {
    const said = h('span.small.soft');
    const say = () => {
      said.textContent = row.verdict ? words[row.verdict] : '';
      said.title = row.verdict_time ? moment(row.verdict_time) : '';
    };
    say();
    const pick = h('input', { type: 'checkbox', 'aria-label': `Pick ${row.name || row.id}`, checked: this.picked.has(row.id),
      onchange: () => this.pick(row, pick.checked, card) });
    const card = h('article.shot', { 'aria-label': `${row.name || 'picture'} ${row.id}` },
      this.picture(row),
      h('div.body', h('div.row', pick, h('span.name.grow', { title: row.name }, row.name || `No. ${row.id}`)),
        h('div.row', decisionTag(row.decision), h('span.num.grow', score(row.score)), said),
        h('div.soft.small', `${row.class} · ${row.bank ? `${row.bank.name} v${row.bank.version}` : 'words only'} · ${when(row.time)}`),
        verdictButtons(row, say)));
    card.dataset.id = row.id;
    card.classList.toggle('picked', this.picked.has(row.id));
    return card;
  }

  /* The heat map is fetched when somebody points at the picture. */
  picture(row) {
    const point = () => {
      if (row.links.map_png && button.childElementCount === 1) button.append(h('img', { src: row.links.map_png, alt: '' }));
    };
    const button = h('button.pic', { type: 'button', 'aria-label': `Show ${row.name || row.id}`, onclick: () => this.open(row.id), onpointerenter: point,
      onfocus: point }, h('img', { src: row.links.thumbnail, alt: '', loading: 'lazy' }));
    return button;
  }

  pick(row, on, card) {
    if (on) this.picked.set(row.id, row);
    else this.picked.delete(row.id);
    card.classList.toggle('picked', on);
    this.pickbar.hidden = this.picked.size === 0;
    fill(this.pickbar, h('span.grow', `${many(this.picked.size, 'picture')} picked`),
      h('button.main-button', { type: 'button', onclick: () => this.learn('inspections') }, 'Learn as normal'),
      h('button', { type: 'button', onclick: () => this.learn('bad') }, 'Add as bad'),
      h('button.plain', { type: 'button', onclick: () => this.unpick() }, 'Clear'));
  }

  unpick() {
    this.picked.clear();
    this.pickbar.hidden = true;
    for (const card of this.cards.children) {
      card.classList.remove('picked');
      const box = card.querySelector('input[type=checkbox]');
      if (box) box.checked = false;
    }
  }

  learn(role) {
    this.go('banks', { [role]: [...this.picked.values()] });
    this.unpick();
  }

  async open(id) {
    try {
      const inspection = await api('GET', `/v1/inspections/${id}`);
      const viewer = this.viewer ??= new Viewer();
      if (!this.detail) this.height = window.scrollY;
      viewer.show(inspection);
      this.detail = inspection;
      const back = h('button', { type: 'button', onclick: () => this.back(this.card(inspection)) }, '← Back to the list');
      fill(this.element, h('div.stack', h('div.head', h('h1', inspection.name || `Inspection ${id}`), h('span.soft', moment(inspection.time))), h('div.row', back),
        h('div.result', viewer.element, judgement(inspection, this.actions(inspection)))));
      viewer.place();
      window.scrollTo(0, 0);
      back.focus();
    } catch (problem) {
      toast(problem.message);
      if (problem.status === 404) this.drop(id);
    }
  }

  /* One that was removed, here or elsewhere: whoever uses keys is at the next one. */
  drop(id) {
    const card = this.cardOf(id), next = card?.nextElementSibling || card?.previousElementSibling;
    if (card && this.picked.has(id)) this.pick({ id }, false, card);
    card?.remove();
    this.tell();
    next?.querySelector('.pic').focus({ preventScroll: true });
  }

  cardOf(id) { return [...this.cards.children].find((card) => card.dataset.id === String(id)); }

  actions(inspection) {
    const links = inspection.links;
    return h('section.card.stack', h('h2', 'More'),
      h('div.row', h('a.button', { href: links.image, download: inspection.name || 'picture' }, 'Picture'),
        links.overlay && h('a.button', { href: links.overlay, download: 'overlay.jpg' }, 'With heat map'),
        links.map_npy && h('a.button', { href: links.map_npy, download: 'map.npy' }, 'Map (.npy)')),
      h('div.row', h('button', { type: 'button', onclick: () => this.go('banks', { inspections: [inspection] }) }, 'Learn as normal'),
        h('button', {
          type: 'button',
          onclick: async () => {
            if (!confirm('Remove this inspection and its picture?')) return;
            try {
              await api('DELETE', links.self);
              this.back();
            } catch (problem) { toast(problem.message); }
          },
        }, 'Remove')));
  }

  /* The list as it was left, at its place, with a new card of what was looked at; none: it was removed. */
  back(card) {
    const { id } = this.detail;
    this.detail = null;
    fill(this.element, this.list);
    if (card) this.cardOf(id)?.replaceWith(card);
    else this.drop(id);
    window.scrollTo(0, this.height);
    card?.querySelector('.pic').focus({ preventScroll: true });
  }
}

export function historyView(go) {
  const view = new HistoryView(go);
  return { element: view.element, shown: () => view.shown() };
}
