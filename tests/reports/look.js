"use strict";
// What a test asks of a page that is open; axe-core is in the page already.
//
// axe-core takes a millisecond for every element, and a report has a thousand, nearly all of them of a kind that was
// there in the report before. Neither the style sheet nor a rule of axe-core reads words: they see elements, their
// attributes, where they stand, and whether there is text. So what was examined once and found good is taken out of
// the next page, and only the rest is examined.
(() => {
  const NAMES = new Set(["id", "href"]);
  const DRAWN = new Set(["class", "role", "aria-hidden", "aria-labelledby"]);

  const attributes = (element) => [...element.attributes]
    .filter(({ name }) => (element instanceof SVGElement ? DRAWN.has(name) : !NAMES.has(name)))
    .map(({ name, value }) => `${name}=${value}`).sort().join(" ");

  const hashed = (text) => {  // FNV-1a
    let number = 0x811c9dc5;
    for (let at = 0; at < text.length; at += 1) number = Math.imul(number ^ text.charCodeAt(at), 0x01000193);
    return number >>> 0;
  };

  const kinds = new Map();
  const kind = (element) => {
    if (!kinds.has(element)) {
      const within = new Set();  // how often the same is there does not matter
      for (const node of element.childNodes) {
        if (node.nodeType === Node.ELEMENT_NODE) within.add(kind(node));
        else if (node.nodeType === Node.TEXT_NODE && node.data.trim()) within.add("text");
      }
      kinds.set(element, hashed(`${element.localName} ${attributes(element)} ${[...within].join(" ")}`));
    }
    return kinds.get(element);
  };

  const HEADINGS = "h1, h2, h3, h4, h5, h6";
  const JUDGED_TOGETHER = `${HEADINGS}, header, main, aside, section, footer`;

  const takeOut = (known) => {
    const sheet = hashed(document.querySelector("style").textContent);
    const seen = new Set(known);
    const found = [];
    const isFresh = (words) => {
      const here = hashed(`${sheet} ${words}`);
      if (seen.has(here)) return false;
      seen.add(here);
      return found.push(here) > 0;
    };
    const within = (element, place) => {
      if (element instanceof SVGElement) return;
      for (const child of [...element.children]) {
        const fresh = isFresh(`${place} ${kind(child)}`);
        if (child.matches(HEADINGS)) continue;
        if (fresh || child.querySelector("h1")) within(child, `${place} ${child.localName} ${attributes(child)}`);
        else child.remove();
      }
    };
    const outline = [...document.querySelectorAll(JUDGED_TOGETHER)].map((each) => `${each.localName} ${attributes(each)}`);
    outline.forEach((words, at) => isFresh(`${outline[at - 1]} then ${words}`));
    const all = [...document.querySelectorAll("header, section, footer")];
    for (const outer of all.filter((each) => !each.parentElement.closest("section"))) within(outer, attributes(outer));
    return found;
  };

  window.faults = async (rules) => {
    const result = await axe.run({ runOnly: rules, resultTypes: ["violations"], selectors: false, preload: false });
    return result.violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
  };

  window.look = async (known, rules) => {
    for (const fold of document.querySelectorAll("details")) fold.open = true;
    const width = document.documentElement.scrollWidth;
    const fresh = takeOut(known);
    return { width, fresh, refused: window.refused, faults: fresh.length ? await window.faults(rules) : [] };
  };

  window.refused = [];
  addEventListener("securitypolicyviolation", (event) => window.refused.push(event.violatedDirective));
})();
