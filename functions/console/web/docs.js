// The API's reference: every endpoint, rendered from the OpenAPI document.

import { html, nothing, render } from './vendor/lit-html.js';
import { words } from './words/en_docs.js';

const METHODS = ['get', 'post', 'patch', 'delete'];
const SAMPLES = { message: 'Hello!', name: 'Customers', phone: '0712345678', mobile: '0712345678', phones: '0712345678', scheduled_at: '2027-01-31T08:00:00+03:00' };
const UUID = '3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f';

let spec;

/** A value, or what its reference leads to. */
const resolve = value => value?.$ref ? resolve(value.$ref.slice(2).split('/').reduce((at, key) => at[key], spec)) : value ?? {};

function typeOf(schema) {
  const { const: one, enum: choices, type, items, format, anyOf } = resolve(schema);
  if (one !== undefined) return JSON.stringify(one);
  if (choices) return choices.map(choice => choice ?? 'null').join(' · ');
  if (anyOf) return anyOf.map(typeOf).join(' · ');
  const types = [type].flat().map(name => name === 'array' ? `array of ${typeOf(items)}` : name === 'string' && format ? format : name);
  return types.join(' · ');
}

/** The fields of a schema in the order of the document; nested ones by their path. */
function fieldsOf(schema, prefix = '') {
  const { anyOf, items, properties = {}, required = [] } = resolve(schema);
  if (anyOf) return anyOf.flatMap(one => fieldsOf(one, prefix));
  if (items) return fieldsOf(items, `${prefix}[]`);
  return Object.entries(properties).flatMap(([name, value]) => {
    const path = prefix ? `${prefix}.${name}` : name;
    return [{ path, type: typeOf(value), required: required.includes(name) }, ...fieldsOf(value, path)];
  });
}

function sampleOf(schema, name) {
  const { anyOf, type, items, format, properties = {}, required = [], enum: choices } = resolve(schema);
  if (anyOf) return sampleOf(anyOf[0], name);
  const is = one => [type].flat().includes(one);
  if (is('array')) return [sampleOf(items, name)];
  if (is('object')) {
    const names = required.length ? required : Object.keys(properties).slice(0, 1);
    return Object.fromEntries(names.map(name => [name, sampleOf(properties[name], name)]));
  }
  return SAMPLES[name] ?? choices?.[0] ?? (format === 'uuid' ? UUID : is('integer') ? 84 : is('boolean') ? true : '…');
}

/** A request for a shell, with this origin filled in. */
function curl({ method, path, parameters, body, security }) {
  const required = parameters.filter(({ required, in: place }) => required && place === 'query');
  const query = required.map(({ name, schema }) => `?${name}=${sampleOf(schema, name)}`).join('');
  const filled = path.replace(/\{(\w+)\}/g, (_, name) => sampleOf(parameters.find(one => one.name === name).schema, name));
  const parts = [`curl -sS '${location.origin}${filled}${query}'`];
  if (method !== 'get') parts.push(`-X ${method.toUpperCase()}`);
  if (security?.length !== 0) parts.push('-H "Authorization: Bearer $KEY"');
  if (body) parts.push("-H 'Content-Type: application/json'", `-d '${JSON.stringify(sampleOf(body))}'`);
  return parts.join(' \\\n  ');
}

/** A text whose words between backticks are code. */
const marked = (text = '') => text.split('`').map((part, place) => place % 2 ? html`<code>${part}</code>` : part);

const table = (caption, head, rows) => rows.length ? html`<table>
  <caption>${caption}</caption>
  <thead><tr>${head.map(cell => html`<th scope="col">${cell}</th>`)}</tr></thead>
  <tbody>${rows.map(([first, ...cells]) => html`<tr><th scope="row"><code>${first}</code></th>${cells.map(cell => html`<td>${cell}</td>`)}</tr>`)}</tbody>
</table>` : nothing;

const fields = (caption, schema) => table(caption, words.fieldColumns,
  fieldsOf(schema).map(({ path, type, required }) => [path, type, required ? words.required : words.optional]));

/** A success; its fields are folded up, since there are many. */
function answer([status, { description, content }]) {
  const title = `${status}: ${description}`;
  if (!content) return html`<p class="answer">${title}</p>`;
  return html`<details class="answer"><summary>${title}</summary>
    ${content['text/csv'] ? html`<p>${marked(words.csv)}</p>` : nothing}
    ${fields(words.answer, content['application/json'].schema)}</details>`;
}

/** The name of a tag as a title: `address-books` as `Address books`. */
const title = name => name[0].toUpperCase() + name.slice(1).replaceAll('-', ' ');

function section(operation) {
  const { operationId, method, path, summary, description, parameters, body, responses, security } = operation;
  const isError = response => response.$ref?.endsWith('/Error');
  const good = Object.entries(responses).filter(([, response]) => !isError(response));
  const errors = Object.keys(responses).filter(status => isError(responses[status]));
  return html`<h3 id=${operationId} tabindex="-1">${summary}</h3>
    <p class="route"><code><span class="method">${method.toUpperCase()}</span> ${path}</code></p>
    ${description ? html`<p>${marked(description)}</p>` : nothing}
    <pre tabindex="0" aria-label=${words.curl}>${curl({ method, path, parameters, body, security })}</pre>
    ${table(words.parameters, words.parameterColumns, parameters.map(({ name, schema, in: place, description }) => [name, typeOf(schema), place, marked(description)]))}
    ${body ? fields(words.body, body) : nothing}
    ${good.map(answer)}
    ${errors.length ? html`<p>${words.statuses} ${errors.join(', ')}. <a href="#errors">${words.errors}</a></p>` : nothing}`;
}

/** Every operation with its parameters and its body resolved. */
function operations() {
  return Object.entries(spec.paths).flatMap(([path, item]) => METHODS.filter(method => item[method]).map(method => {
    const operation = item[method];
    const parameters = [...item.parameters ?? [], ...operation.parameters ?? []].map(resolve);
    return { ...operation, method, path, parameters, body: operation.requestBody?.content['application/json']?.schema };
  }));
}

function page() {
  const all = operations();
  const groups = spec.tags.map(({ name, description }) => ({ name, description, of: all.filter(({ tags }) => tags.includes(name)) }));
  const link = ({ operationId, summary }) => html`<li><a href="#${operationId}">${summary}</a></li>`;
  return html`<nav aria-label=${words.endpoints}>
      <p><a href="/console/">${words.console}</a><a href="/v1/openapi.json">${words.document}</a></p>
      <details ?open=${matchMedia('(min-width: 821px)').matches}><summary>${words.endpoints}</summary>
      ${groups.map(({ name, of }) => html`<h2>${title(name)}</h2><ul>${of.map(link)}</ul>`)}</details>
    </nav>
    <main><h1>${spec.info.title}: ${words.title}</h1><p>${spec.info.summary}</p>
      ${groups.map(({ name, description, of }) => html`<section aria-labelledby="tag-${name}"><h2 id="tag-${name}">${title(name)}</h2><p>${description}</p>${of.map(section)}</section>`)}
      <section aria-labelledby="errors"><h2 id="errors">${words.errors}</h2>
        <p>${marked(words.errorsText)}</p>
        ${fields(words.error, { $ref: '#/components/schemas/Error' })}</section>
    </main>`;
}

const root = document.getElementById('docs');
root.replaceChildren();
try {
  spec = await (await fetch('/v1/openapi.json')).json();
  render(page(), root);
  document.getElementById(location.hash.slice(1))?.scrollIntoView();
} catch {
  render(html`<main><h1>${words.title}</h1><p role="alert">${words.unreadable}</p></main>`, root);
}
