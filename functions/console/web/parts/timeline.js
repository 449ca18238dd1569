// How far a campaign was at each moment: as a plot, and the same numbers as a table.
import { html, svg, nothing, t, number } from '../ui.js';
import { get } from '../api.js';
import { time, duration } from '../format.js';

const COUNTS = ['sent', 'failed', 'unconfirmed', 'cancelled'];
/** The plot's own units, which its shape on the page stretches. */
const [WIDTH, HEIGHT] = [1000, 200];

/** The points of a campaign that has started, its start included. */
export async function readTimeline(one, signal) {
  const { results } = await get(`/v1/sms/campaigns/${one.campaign_id}/timeline/`, { signal });
  if (!results.length) return [];
  const none = Object.fromEntries(COUNTS.map(name => [`${name}_count`, 0]));
  const begin = one.started_at;
  return Date.parse(begin) < Date.parse(results[0].at) ? [{ at: begin, ...none }, ...results] : results;
}

/** The section of a campaign's page. */
export function timeline(one, points) {
  if (!points?.length) return nothing;
  const last = points.at(-1);
  const shown = COUNTS.filter(name => last[`${name}_count`] > 0);
  const seconds = (Date.parse(last.at) - Date.parse(points[0].at)) / 1000;
  return html`<section class="stack"><h2>${t('timeline.title')}</h2>
    <figure class="card plot">
      ${points.length > 2 && shown.length ? html`<span class="small muted" aria-hidden="true">${number(one.recipients_count)}</span>${plot(points, shown, one.recipients_count)}` : nothing}
      <figcaption class="small muted"><span>${time(points[0].at, { seconds: true })}</span>
        <span class="legend">${shown.map(name => html`<span class="badge ${name}">${t(`timeline.${name}`)} ${number(last[`${name}_count`])}</span>`)}</span>
        <span>${time(last.at, { seconds: true })} · ${t(one.finished_at ? 'timeline.took' : 'timeline.sofar', { time: duration(seconds) })}</span></figcaption>
      <details><summary>${t('timeline.table')}</summary>${table(points, shown)}</details></figure></section>`;
}

function plot(points, shown, whole) {
  const [begin, end] = [Date.parse(points[0].at), Date.parse(points.at(-1).at)];
  const x = at => ((Date.parse(at) - begin) / Math.max(end - begin, 1)) * WIDTH;
  const y = count => HEIGHT - (count / Math.max(whole, 1)) * HEIGHT;
  const line = name => points.map(point => `${x(point.at).toFixed(1)},${y(point[`${name}_count`]).toFixed(1)}`).join(' ');
  const first = line(shown[0]);
  return svg`<svg viewBox="0 -2 ${WIDTH} ${HEIGHT + 4}" preserveAspectRatio="none" aria-hidden="true">
    ${[0, 0.5, 1].map(part => svg`<line class="grid" x1="0" x2=${WIDTH} y1=${part * HEIGHT} y2=${part * HEIGHT}/>`)}
    <polygon class="fill ${shown[0]}" points="0,${HEIGHT} ${first} ${WIDTH},${HEIGHT}"/>
    ${shown.map(name => svg`<polyline class="line ${name}" points=${line(name)}/>`)}</svg>`;
}

const table = (points, shown) => html`<div class="sheet" tabindex="0" role="region" aria-label=${t('timeline.table')}><table>
  <thead><tr><th scope="col">${t('column.at')}</th>${shown.map(name => html`<th scope="col">${t(`timeline.${name}`)}</th>`)}</tr></thead>
  <tbody>${points.map(
    point => html`<tr><th scope="row">${time(point.at, { seconds: true })}</th>
    ${shown.map(name => html`<td class="n">${number(point[`${name}_count`])}</td>`)}</tr>`,
  )}</tbody></table></div>`;
