// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * @file Elements from plain calls. Text becomes text, always: nothing here reads markup.
 */

/**
 * @typedef {Node|string|number|null|undefined|false} Child
 * @typedef {Record<string, any>} Props `class`, `text`, `data` (an object), `on` (an object of listeners); all else are attributes
 */

/**
 * An element.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Props|null} [props]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  if (props) {
    for (const [name, value] of Object.entries(props)) {
      if (name === 'on') {
        for (const [type, listener] of Object.entries(value)) element.addEventListener(type, /** @type {any} */ (listener));
      } else if (name === 'data') {
        for (const [key, item] of Object.entries(value)) {
          if (item !== null && item !== undefined) element.dataset[key] = String(item);
        }
      } else if (name === 'text') {
        element.textContent = value;
      } else {
        set(element, name, value);
      }
    }
  }
  for (const child of children) {
    if (child !== null && child !== undefined && child !== false) element.append(typeof child === 'number' ? String(child) : child);
  }
  return element;
}

/**
 * Sets an attribute, or takes it away for null, undefined and false; touches nothing that is so already.
 * @param {Element} element
 * @param {string} name
 * @param {string|number|boolean|null|undefined} value
 */
export function set(element, name, value) {
  if (value === null || value === undefined || value === false) {
    if (element.hasAttribute(name)) element.removeAttribute(name);
    return;
  }
  const text = value === true ? '' : String(value);
  if (element.getAttribute(name) !== text) element.setAttribute(name, text);
}

/**
 * Sets an element's text, unless it is so already.
 * @param {Node} node
 * @param {string} text
 */
export function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * Replaces all children.
 * @param {Element} element
 * @param {...Child} children
 */
export function fill(element, ...children) {
  element.replaceChildren(...children.filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (typeof child === 'number' ? String(child) : /** @type {Node|string} */ (child))));
}

/**
 * Keeps the children of an element in step with a list: each item has a key, and only what differs is touched.
 * @template Item
 */
export class KeyedList {
  /** @type {Map<string, {node: HTMLElement, item: Item}>} */
  #shown = new Map();

  /**
   * @param {HTMLElement} parent it holds nothing else
   * @param {object} how
   * @param {(item: Item) => string} how.key
   * @param {(item: Item) => HTMLElement} how.create
   * @param {(node: HTMLElement, item: Item, before: Item) => void} how.update called when `same` says no
   * @param {(a: Item, b: Item) => boolean} [how.same]
   */
  constructor(parent, how) {
    this.parent = parent;
    this.how = how;
  }

  /** @param {string} key */
  node(key) {
    return this.#shown.get(key)?.node ?? null;
  }

  /** @param {readonly Item[]} items */
  set(items) {
    const { key, create, update, same = Object.is } = this.how;
    const wanted = new Set(items.map(key));
    const focused = document.activeElement;
    for (const [name, entry] of this.#shown) {
      if (!wanted.has(name)) {
        entry.node.remove();
        this.#shown.delete(name);
      }
    }
    let cursor = /** @type {ChildNode|null} */ (this.parent.firstChild);
    for (const item of items) {
      const name = key(item);
      let entry = this.#shown.get(name);
      if (!entry) {
        entry = { node: create(item), item };
        this.#shown.set(name, entry);
      } else if (!same(entry.item, item)) {
        const before = entry.item;
        entry.item = item;
        update(entry.node, item, before);
      }
      if (entry.node === cursor) cursor = cursor.nextSibling;
      else this.parent.insertBefore(entry.node, cursor);
    }
    // Moving an element takes its focus away.
    if (focused instanceof HTMLElement && focused !== document.activeElement && this.parent.contains(focused)) {
      focused.focus({ preventScroll: true });
    }
  }
}

/**
 * Calls `work` at once, then at most once a frame however often it is asked for. A hidden page has no frames: a timer stands in.
 * @param {() => void} work
 * @returns {() => void}
 */
export function paced(work) {
  let last = -Infinity;
  let waiting = false;
  const run = () => {
    if (!waiting) return;
    waiting = false;
    last = performance.now();
    work();
  };
  return () => {
    if (waiting) return;
    waiting = true;
    if (performance.now() - last > 16) {
      queueMicrotask(run);
    } else {
      requestAnimationFrame(run);
      setTimeout(run, 60);
    }
  };
}
