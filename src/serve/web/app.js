// Which view is shown: the part of the address behind '#'. A view is made once and stays as it was left.
import { api, events, fill, h, listen, server } from './common.js';
import { inspectView } from './inspect.js';
import { historyView } from './history.js';
import { banksView } from './teach.js';

const views = { inspect: [inspectView, 'Inspect'], history: [historyView, 'History'], banks: [banksView, 'Banks'] };
const made = {};
const main = document.getElementById('main');

/** Shows a view; more goes to it. */
export function go(name, more) {
  if (more !== undefined) open(name).take?.(more);
  if (location.hash === `#${name}`) show();
  else location.hash = name;
}

function open(name) {
  made[name] ??= views[name][0](go);
  return made[name];
}

function show() {
  const name = views[location.hash.slice(1)] ? location.hash.slice(1) : 'inspect';
  const view = open(name);
  for (const link of document.querySelectorAll('.bar nav a')) {
    if (link.hash === `#${name}`) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  document.title = `${views[name][1]} · alfa`;
  fill(main, view.element);
  view.shown?.();
}

async function start() {
  try {
    const facts = Object.assign(server, await api('GET', '/v1/models'));
    document.getElementById('model').textContent = `${facts.models[0].name} · ${facts.models[0].precision} · alfa ${facts.version}`;
    const lost = h('p.note.error.lost', { hidden: true, role: 'alert' }, 'The server does not answer: what is shown here may be old.');
    main.before(lost);
    events.addEventListener('lost', () => { lost.hidden = false; });
    events.addEventListener('again', () => { lost.hidden = true; });
    listen();
    document.querySelector('.skip').addEventListener('click', (event) => { // '#main' is no view
      event.preventDefault();
      main.focus();
    });
    window.addEventListener('hashchange', show);
    show();
  } catch (problem) {
    fill(main, h('div.card.empty', h('h2', 'The server cannot be reached'), h('p', problem.message)));
  }
}

start();
