// What all views share: elements, the server, words and numbers.

/** An element: h('p.soft', {id: 'x', onclick: f}, 'text', child...). */
export function h(what, props = null, ...children) {
  const [tag, ...classes] = what.split('.');
  const element = document.createElement(tag || 'div');
  if (classes.length) element.className = classes.join(' ');
  if (props !== null && (typeof props !== 'object' || props instanceof Node || Array.isArray(props))) {
    children.unshift(props);
    props = null;
  }
  for (const [key, value] of Object.entries(props || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (key in element && !key.startsWith('aria') && key !== 'list' && key !== 'role') element[key] = value;
    else element.setAttribute(key, value === true ? '' : value);
  }
  put(element, children);
  return element;
}

function put(element, children) {
  for (const child of children.flat(9)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
}

/** Replaces what is in an element. */
export function fill(element, ...children) {
  element.textContent = '';
  put(element, children);
  return element;
}

export function icon(path, size = 18) {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  const line = document.createElementNS(space, 'path');
  for (const [key, value] of Object.entries({ viewBox: '0 0 24 24', width: size, height: size, fill: 'none', stroke: 'currentColor',
    'stroke-width': 1.8, 'stroke-linecap': 'round', 'stroke-linejoin': 'round', 'aria-hidden': 'true' })) svg.setAttribute(key, value);
  line.setAttribute('d', path);
  svg.append(line);
  return svg;
}

/** An error of the server, with its sentence. */
export class Problem extends Error {
  constructor(status, detail, code) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

const sleep = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

async function problemOf(answer) {
  let body = {};
  try { body = await answer.json(); } catch { /* an answer that is no JSON */ }
  return new Problem(answer.status, body.detail || `The server answered ${answer.status}.`, body.code);
}

/** Asks the server; waits when it is busy, asks for the token when it wants one. */
export async function api(method, path, body, options = {}) {
  const headers = {};
  if (body !== undefined && !(body instanceof FormData)) {
    headers['Content-Type'] = 'application/json';
    body = JSON.stringify(body);
  }
  for (;;) {
    let answer;
    try {
      answer = await fetch(path, { method, headers, body, signal: options.signal });
    } catch (error) {
      if (error.name === 'AbortError') throw error;
      throw new Problem(0, 'The server does not answer. Is "alfa serve" still running?');
    }
    if (answer.status === 429) {
      await sleep(1000 * (Number(answer.headers.get('Retry-After')) || 1));
      continue;
    }
    if (answer.status === 401 && !options.plain) {
      await askToken();
      continue;
    }
    if (!answer.ok) throw await problemOf(answer);
    return answer.status === 204 ? null : answer.json();
  }
}

let asking = null;

/** One dialog, however many requests wait for it. */
function askToken() {
  asking ??= new Promise((done) => {
    const field = h('input', { type: 'password', id: 'token', autocomplete: 'current-password', required: true });
    const error = h('p.note.error', { hidden: true });
    const dialog = h('dialog', { 'aria-labelledby': 'token-title' },
      h('form.stack', {
        onsubmit: async (event) => {
          event.preventDefault();
          try {
            await api('POST', '/v1/session', { token: field.value }, { plain: true });
            dialog.close();
            dialog.remove();
            asking = null;
            done();
          } catch (problem) {
            error.textContent = problem.status === 401 ? 'That is not this server\'s token.' : problem.message;
            error.hidden = false;
            field.select();
          }
        },
      },
        h('h2', { id: 'token-title' }, 'This server wants its token'),
        h('p.soft', 'It is the first line of the file that was given with --token-file.'),
        h('div', h('label', { htmlFor: 'token' }, 'Token'), field), error,
        h('div.row', h('button.main-button', { type: 'submit' }, 'Continue'))));
    dialog.addEventListener('cancel', (event) => event.preventDefault());
    document.body.append(dialog);
    dialog.showModal();
  });
  return asking;
}

/** What the server says about a file, as a sentence: "chip.jpg: is damaged" -> "It is damaged". */
export const saidOf = (message, name) => (name && message.startsWith(`${name}: `) ? `It ${message.slice(name.length + 2)}` : message);

/** A line that goes away by itself. */
export function toast(text) {
  const line = h('div.toast', text);
  document.getElementById('toasts').append(line);
  setTimeout(() => line.remove(), 6000);
}

export const score = (value) => (value === null || value === undefined ? '–' : value.toFixed(3));

/* With the day always: a page may stay open over midnight. */
const DAY = { year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' };
export const when = (iso) => new Date(iso).toLocaleString([], DAY);

/** To the second and with the time zone, for one that is looked at closely. */
export const moment = (iso) => new Date(iso).toLocaleString([], { ...DAY, second: '2-digit', timeZoneName: 'short' });

export const words = { anomaly: 'Anomaly', normal: 'Normal', agree: 'Confirmed', false_alarm: 'False alarm', missed: 'Missed' };

export function decisionTag(decision) {
  return h(`span.tag.${decision || 'none'}`, words[decision] || 'No decision');
}

export const many = (count, one, more = one + 's') => `${count} ${count === 1 ? one : more}`;

/** Which verdicts make sense for a decision. */
export function verdictsFor(decision) {
  return decision === 'anomaly' ? [['agree', 'Really bad'], ['false_alarm', 'False alarm']] : [['agree', 'Really good'], ['missed', 'Missed']];
}

/** Two buttons that say what the operator thinks; told() gets the new inspection. */
export function verdictButtons(inspection, told) {
  const buttons = verdictsFor(inspection.decision).map(([value, label]) => h('button', {
    type: 'button', value,
    onclick: async () => {
      try {
        say(await api('PATCH', `/v1/inspections/${inspection.id}`, { verdict: inspection.verdict === value ? null : value }));
      } catch (problem) { toast(problem.message); }
    },
  }, label));
  const draw = () => { for (const button of buttons) button.setAttribute('aria-pressed', String(inspection.verdict === button.value)); };
  const say = (said) => {
    Object.assign(inspection, said);
    draw();
    told?.(inspection);
  };
  const box = h('div.says', { role: 'group', 'aria-label': `Your verdict on ${inspection.name || 'this picture'}`, onheard: (event) => say(event.detail) },
    buttons);
  box.dataset.inspection = inspection.id;
  draw();
  return box;
}

/** Shows a verdict that was given in another browser wherever its inspection is seen below an element. */
export function heard(element, said) {
  for (const box of element.querySelectorAll(`[data-inspection="${said.id}"]`)) box.dispatchEvent(new CustomEvent('heard', { detail: said }));
}

/** Events of the server, by name; 'lost' when it is heard no more, 'again' when it is: what happened between was missed. */
export const events = new EventTarget();
let wasLost = false;

const SILENCE = 40000; // ms: the server beats every 15 s

function lose() {
  if (!wasLost) events.dispatchEvent(new Event('lost'));
  wasLost = true;
}

export function listen() {
  const source = new EventSource('/v1/events');
  let heardAt = performance.now();
  for (const name of ['inspection', 'verdict', 'bank', 'beat'])
    source.addEventListener(name, (event) => {
      heardAt = performance.now();
      events.dispatchEvent(new CustomEvent(name, { detail: JSON.parse(event.data) }));
    });
  source.addEventListener('open', () => {
    heardAt = performance.now();
    if (wasLost) events.dispatchEvent(new Event('again'));
    wasLost = false;
  });
  source.addEventListener('error', () => {
    lose();
    if (source.readyState !== EventSource.CLOSED) return;
    clearInterval(watch);
    setTimeout(listenAgain, 3000);
  });
  /* A machine that loses its power, or a cable, ends no connection. */
  const watch = setInterval(() => {
    if (performance.now() - heardAt < SILENCE) return;
    clearInterval(watch);
    source.close();
    lose();
    listenAgain();
  }, 2000);
}

/* A server that was started anew knows no session: api() asks for the token, which an event source cannot. */
async function listenAgain() {
  try {
    await api('GET', '/v1/models');
    listen();
  } catch { setTimeout(listenAgain, 3000); }
}

/** What /v1/models says, once the page has started. */
export const server = { models: [], methods: [], colours: [] };

/** Classes for completion, read once and again after a change. */
let classes = null;
export async function classList(again) {
  if (!classes || again) {
    const all = await api('GET', '/v1/classes');
    classes = [...new Set([...all.inspected.map((row) => row.class), ...all.edited, ...all.shipped])];
  }
  return classes;
}

/** A field for a noun, completed from what the server knows. */
export function nounField(id, label, value = '') {
  const list = h('datalist', { id: `${id}-list` });
  const field = h('input', { type: 'text', id, value, autocomplete: 'off', placeholder: 'bottle, metal nut, circuit board …', maxLength: 200,
    spellcheck: false });
  field.setAttribute('list', list.id);
  classList().then((names) => fill(list, names.map((name) => h('option', { value: name })))).catch(() => {});
  return { field, box: h('div', h('label', { htmlFor: id }, label), field, list) };
}

/** Pictures of a drop, folders included. */
export async function filesOf(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return pictures(transfer.files);
  const found = [];
  const walk = async (entry) => {
    if (entry.isFile) found.push(await new Promise((done, fail) => entry.file(done, fail)));
    else {
      const reader = entry.createReader();
      for (;;) {
        const batch = await new Promise((done, fail) => reader.readEntries(done, fail));
        if (!batch.length) break;
        for (const child of batch) await walk(child);
      }
    }
  };
  for (const entry of entries) await walk(entry);
  return pictures(found, entries.length > 1 || !entries[0].isFile);
}

const extension = /\.(jpe?g|png|tiff?|webp|gif|bmp|p[bgp]m)$/i;

/** Of a folder only what looks like a picture; what was chosen by hand is tried whatever it is. */
export function pictures(files, folder) {
  return [...files].filter((file) => !folder || extension.test(file.name)).sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
}

/** How closely to look: small defects in large pictures need parts of them. */
export function tilesField(id) {
  const field = h('select', { id }, h('option', { value: '0' }, 'The whole picture'),
    [2, 3, 4, 6, 8].map((n) => h('option', { value: n }, `${n} × ${n} parts as well`)));
  return { field, box: h('div', h('label', { htmlFor: id }, 'Look at (parts: for small defects, slower)'), field) };
}
