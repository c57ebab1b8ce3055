// A picture with its heat map: opacity, regions, zoom by wheel, fingers, buttons and keys.
import { fill, h, icon, score, server } from './common.js';

const space = 'http://www.w3.org/2000/svg';

function svgElement(tag, attributes) {
  const element = document.createElementNS(space, tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

function boxes(inspection) {
  const svg = svgElement('svg', { viewBox: `0 0 ${inspection.width} ${inspection.height}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' });
  for (const region of inspection.regions)
    for (const part of ['under', 'over'])
      svg.append(svgElement('rect', { x: region.x, y: region.y, width: region.width, height: region.height, class: part }));
  return svg;
}

const hex = (share) => Math.round(255 * share).toString(16).padStart(2, '0');

/* The scale of the colours: none up to the place threshold, since only what is above it is marked. */
function legend(inspection) {
  const from = 100 * Math.min(1, inspection.pixel_threshold || 0.5);
  const scale = h('div.scale'), tick = h('u');
  const stops = server.colours.map((stop) => `${stop.rgb}${hex(stop.opacity)} ${from + (100 - from) * stop.part}%`);
  scale.style.backgroundImage = `linear-gradient(to right, transparent ${from}%, ${stops.join(', ')})`;
  tick.style.left = `${from}%`;
  scale.append(tick);
  return h('div.legend', h('span', 'Place 0'), scale, h('span', '1'),
    h('span', `coloured and boxed above ${score(from / 100)}`));
}

export class Viewer {
  constructor() {
    this.sheet = h('div.sheet');
    this.stage = h('div.stage', { tabIndex: 0, role: 'img', 'aria-label': 'No picture' }, this.sheet);
    this.opacity = h('input', { type: 'range', id: 'opacity', min: 0, max: 100, value: 70, oninput: () => this.setOpacity() });
    this.marked = h('input', { type: 'checkbox', id: 'marked', checked: true, onchange: () => this.setMarks() });
    this.percent = h('output', '100 %');
    this.legend = h('div');
    this.element = h('section.card.viewer', { 'aria-label': 'Picture and heat map' }, this.stage,
      h('div.viewer-tools',
        h('div.slider', h('label', { htmlFor: 'opacity' }, 'Heat map'), this.opacity),
        h('label.check', { htmlFor: 'marked' }, this.marked, 'Regions'),
        h('div.zoom', { role: 'group', 'aria-label': 'Zoom' },
          h('button.icon-button', { type: 'button', 'aria-label': 'Zoom out', onclick: () => this.zoomBy(1 / 1.4) }, icon('M5 12h14')),
          this.percent,
          h('button.icon-button', { type: 'button', 'aria-label': 'Zoom in', onclick: () => this.zoomBy(1.4) }, icon('M12 5v14M5 12h14')),
          h('button', { type: 'button', onclick: () => this.reset() }, 'Fit'))), this.legend);
    this.scale = 1;
    this.x = this.y = 0;
    this.pointers = new Map();
    this.listen();
  }

  show(inspection) {
    this.inspection = inspection;
    const picture = h('img', { src: `${inspection.links.thumbnail}?size=2000`, alt: '', draggable: false });
    this.map = inspection.links.map_png && h('img', { src: inspection.links.map_png, alt: '', draggable: false });
    this.svg = boxes(inspection);
    this.marks = h('div.marks', inspection.regions.map((region, i) => {
      const mark = h('b', i + 1);
      mark.style.left = `${100 * region.x / inspection.width}%`;
      mark.style.top = `${100 * region.y / inspection.height}%`;
      return mark;
    }));
    fill(this.sheet, picture, this.map, this.svg, this.marks);
    fill(this.legend, this.map && legend(inspection));
    const count = inspection.regions.length;
    this.stage.setAttribute('aria-label',
      `${inspection.name || 'Picture'}, ${count ? `${count} marked ${count === 1 ? 'region' : 'regions'}` : 'no marked region'}. Plus and minus zoom, arrows move.`);
    this.setOpacity();
    this.setMarks();
    this.reset();
  }

  setOpacity() {
    if (this.map) this.map.style.opacity = this.opacity.value / 100;
  }

  setMarks() {
    if (!this.svg) return;
    this.svg.style.display = this.marks.style.display = this.marked.checked ? '' : 'none';
  }

  /* The size at which the whole picture is seen. */
  fit() {
    const { clientWidth: width, clientHeight: height } = this.stage;
    const { width: w, height: h2 } = this.inspection;
    const size = Math.min(width / w, height / h2);
    return { w: w * size, h: h2 * size, width, height };
  }

  reset() {
    this.scale = 1;
    this.x = this.y = 0;
    this.place();
  }

  place() {
    if (!this.inspection) return;
    const fit = this.fit();
    const w = fit.w * this.scale, h2 = fit.h * this.scale;
    const room = (size, all) => Math.max(0, (size - all) / 2);
    this.x = Math.min(room(w, fit.width), Math.max(-room(w, fit.width), this.x));
    this.y = Math.min(room(h2, fit.height), Math.max(-room(h2, fit.height), this.y));
    Object.assign(this.sheet.style, { width: `${w}px`, height: `${h2}px`, left: `${(fit.width - w) / 2 + this.x}px`,
      top: `${(fit.height - h2) / 2 + this.y}px` });
    this.percent.textContent = `${Math.round(100 * w / this.inspection.width)} %`;
  }

  /* Keeps the point (from the middle) where it is. */
  zoomBy(factor, px = 0, py = 0) {
    const scale = Math.min(24, Math.max(1, this.scale * factor));
    factor = scale / this.scale;
    this.x = px - (px - this.x) * factor;
    this.y = py - (py - this.y) * factor;
    this.scale = scale;
    this.place();
  }

  middle(event) {
    const box = this.stage.getBoundingClientRect();
    return [event.clientX - box.left - box.width / 2, event.clientY - box.top - box.height / 2];
  }

  listen() {
    const { stage, pointers } = this;
    stage.addEventListener('wheel', (event) => {
      event.preventDefault();
      this.zoomBy(Math.exp(-event.deltaY / 400), ...this.middle(event));
    }, { passive: false });
    stage.addEventListener('pointerdown', (event) => {
      stage.setPointerCapture(event.pointerId);
      pointers.set(event.pointerId, this.middle(event));
    });
    stage.addEventListener('pointermove', (event) => this.drag(event));
    for (const end of ['pointerup', 'pointercancel']) stage.addEventListener(end, (event) => pointers.delete(event.pointerId));
    stage.addEventListener('dblclick', (event) => (this.scale > 1 ? this.reset() : this.zoomBy(3, ...this.middle(event))));
    stage.addEventListener('keydown', (event) => this.key(event));
    new ResizeObserver(() => this.place()).observe(stage);
  }

  drag(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    const now = this.middle(event);
    const other = [...this.pointers.entries()].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const span = (p) => Math.hypot(p[0] - other[0], p[1] - other[1]) || 1;
      this.zoomBy(span(now) / span(before), (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
    } else {
      this.x += now[0] - before[0];
      this.y += now[1] - before[1];
      this.place();
    }
    this.pointers.set(event.pointerId, now);
  }

  key(event) {
    const step = 60;
    const moves = { ArrowLeft: [step, 0], ArrowRight: [-step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
    if (event.key === '+' || event.key === '=') this.zoomBy(1.4);
    else if (event.key === '-') this.zoomBy(1 / 1.4);
    else if (event.key === '0') this.reset();
    else if (moves[event.key]) {
      this.x += moves[event.key][0];
      this.y += moves[event.key][1];
      this.place();
    } else return;
    event.preventDefault();
  }
}
